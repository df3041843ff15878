-- What was counted of a task since Windsock came. Counters never go down; a row is kept when the task leaves the exposition.
-- Bound: one row a task that ran within 400 days.
CREATE TABLE task_tally (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  success bigint NOT NULL,
  failure bigint NOT NULL,
  retry bigint NOT NULL,
  upstream_failed bigint NOT NULL,
  skipped bigint NOT NULL,
  marked jsonb NOT NULL,
  duration_buckets bigint[] NOT NULL,
  duration_sum double precision NOT NULL,
  last_duration double precision,
  last_success_at timestamptz,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, dag_id, task_id)
);

-- The same for DAGs. Bound: one row a DAG that ran within 400 days.
CREATE TABLE dag_tally (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  success bigint NOT NULL,
  failure bigint NOT NULL,
  duration_buckets bigint[] NOT NULL,
  duration_sum double precision NOT NULL,
  delay_buckets bigint[] NOT NULL,
  delay_sum double precision NOT NULL,
  last_run_order double precision,
  last_run_state text,
  last_success_at timestamptz,
  consecutive_failures integer NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, dag_id)
);

-- Queue waits by worker queue. Bound: one row a queue.
CREATE TABLE queue_tally (
  airflow text NOT NULL,
  queue text NOT NULL,
  wait_buckets bigint[] NOT NULL,
  wait_sum double precision NOT NULL,
  PRIMARY KEY (airflow, queue)
);

-- Ended attempts, for baselines. Bound: the newest 200 of a task, none older than `history`.
CREATE TABLE sample (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  run_pk bigint NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  outcome text NOT NULL,
  ended_at timestamptz NOT NULL,
  duration_seconds double precision,
  queue_wait_seconds double precision,
  PRIMARY KEY (airflow, dag_id, task_id, run_pk, map_index, try_number)
);

-- How far the backfill of history went. Bound: one row a deployment.
CREATE TABLE backfill (
  airflow text PRIMARY KEY,
  below_run_id bigint NOT NULL,
  progress double precision NOT NULL,
  done boolean NOT NULL
);

-- The newest encoded exposition, so that followers serve the leader's bytes. Unlogged: a crash loses it, the next cycle writes it.
CREATE UNLOGGED TABLE exposition (
  airflow text PRIMARY KEY,
  epoch bigint NOT NULL,
  taken_at timestamptz NOT NULL,
  text_deflated bytea NOT NULL,
  text_length integer NOT NULL,
  text_crc bigint NOT NULL,
  openmetrics_deflated bytea NOT NULL,
  openmetrics_length integer NOT NULL,
  openmetrics_crc bigint NOT NULL,
  status jsonb NOT NULL
);
-- Compressed already.
ALTER TABLE exposition ALTER COLUMN text_deflated SET STORAGE EXTERNAL, ALTER COLUMN openmetrics_deflated SET STORAGE EXTERNAL;
