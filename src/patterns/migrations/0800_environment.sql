-- Environments of workers (Python, packages, operating system, variables that hold no secret), by the hash of what they hold.
-- Bound: those that were told of within 90 days, and of these the newest 2000; a row has at most 2500 facts of 200 characters.
CREATE TABLE environment (
  airflow text NOT NULL,
  hash text NOT NULL,
  -- Key and value as patterns are looked for: python, os, architecture, package.<name>, variable.<NAME>.
  facts jsonb NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, hash)
);
CREATE INDEX environment_by_time ON environment (airflow, last_seen_at DESC);

-- Which environment a host has, from when on. Bound: of a host the newest 20, within 90 days, and 20 000 rows a deployment.
CREATE TABLE environment_host (
  airflow text NOT NULL,
  host text NOT NULL,
  since timestamptz NOT NULL,
  hash text NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, host, since)
);
