-- Configurations that failures go with, as the newest analysis has them. Bound: 500 a deployment; written anew by each analysis.
CREATE TABLE found_pattern (
  airflow text NOT NULL,
  -- The cluster whose failures they are; empty: all failures.
  cluster_id text NOT NULL,
  key text NOT NULL,
  value text NOT NULL,
  -- Other keys and values that go with exactly the same tries.
  also jsonb NOT NULL,
  odds_ratio double precision NOT NULL,
  low double precision NOT NULL,
  high double precision NOT NULL,
  p double precision NOT NULL,
  q double precision NOT NULL,
  failed_with integer NOT NULL,
  tries_with integer NOT NULL,
  failed_without integer NOT NULL,
  tries_without integer NOT NULL,
  -- Tasks in which both the value and failure vary.
  tasks integer NOT NULL,
  PRIMARY KEY (airflow, cluster_id, key, value)
);

-- What the newest analysis looked at. Bound: one row a deployment.
CREATE TABLE pattern_analysis (
  airflow text PRIMARY KEY,
  at timestamptz NOT NULL,
  tries integer NOT NULL,
  failures integer NOT NULL,
  tasks integer NOT NULL,
  tests integer NOT NULL,
  -- Keys that could not be tested, each with the reason.
  untested jsonb NOT NULL
);
