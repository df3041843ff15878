-- Repeated errors as one. Bound: those that were met within 90 days, and of these the newest 2000.
CREATE TABLE error_cluster (
  airflow text NOT NULL,
  id text NOT NULL,
  type text NOT NULL,
  template text NOT NULL,
  example text NOT NULL,
  count bigint NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  -- Why, as the newest explanation has it.
  cause jsonb,
  PRIMARY KEY (airflow, id)
);
CREATE INDEX error_cluster_by_time ON error_cluster (airflow, last_seen_at DESC, id DESC);

-- The errors that a cluster holds, by fingerprint: what is the same but for values. Bound: the newest 5000 a deployment; a
-- cluster keeps at least one as long as it lives.
CREATE TABLE error_member (
  airflow text NOT NULL,
  fingerprint text NOT NULL,
  cluster_id text NOT NULL,
  type text NOT NULL,
  template text NOT NULL,
  tokens text[] NOT NULL,
  frames text[] NOT NULL,
  count bigint NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, fingerprint)
);
CREATE INDEX error_member_of ON error_member (airflow, cluster_id);
CREATE INDEX error_member_by_size ON error_member (airflow, cardinality(tokens));

-- How often a cluster was met on a day (UTC). Bound: 90 days of each cluster.
CREATE TABLE error_day (
  airflow text NOT NULL,
  cluster_id text NOT NULL,
  day date NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (airflow, cluster_id, day)
);

-- Where a cluster was met. Bound: of each cluster the newest 200.
CREATE TABLE error_place (
  airflow text NOT NULL,
  cluster_id text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  count bigint NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, cluster_id, dag_id, task_id)
);

-- Single errors: beacons of Python programs, and failures of tasks that were explained. Bound: 30 days, of each fingerprint
-- the newest 50, and 50 000 a deployment; a trace has at most 8 kB.
CREATE TABLE error_report (
  airflow text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  source text NOT NULL CHECK (source IN ('beacon', 'incident')),
  -- What tells a report from others of its source, so that the same is taken once.
  source_key text,
  at timestamptz NOT NULL,
  fingerprint text NOT NULL,
  signature text NOT NULL,
  message text NOT NULL,
  trace text NOT NULL,
  environment text,
  dag_id text,
  task_id text,
  run_id text,
  try_number integer,
  PRIMARY KEY (airflow, id)
);
CREATE UNIQUE INDEX error_report_once ON error_report (airflow, source, source_key) WHERE source_key IS NOT NULL;
CREATE INDEX error_report_of ON error_report (airflow, fingerprint, at DESC);
CREATE INDEX error_report_by_time ON error_report (airflow, at);
