-- How far the feeds of a deployment were read. Bound: one row a deployment.
CREATE TABLE watermark (
  airflow text PRIMARY KEY,
  run_id bigint NOT NULL,
  log_id bigint NOT NULL,
  at timestamptz NOT NULL
);

-- What was last seen of a run. Bound: open runs and the id overlap (1000 runs) of a deployment.
CREATE TABLE known_run (
  airflow text NOT NULL,
  run_pk bigint NOT NULL,
  dag_id text NOT NULL,
  run_id text NOT NULL,
  run_type text NOT NULL,
  state text NOT NULL,
  logical_date timestamptz,
  due_at timestamptz,
  queued_at timestamptz,
  start_date timestamptz,
  end_date timestamptz,
  clear_number integer NOT NULL,
  clear_number_before integer NOT NULL,
  settled boolean NOT NULL,
  baseline_ms bigint,
  started boolean NOT NULL,
  end_counted text,
  PRIMARY KEY (airflow, run_pk)
);

-- What was last seen of a task instance and which of its tries are counted. Bound: the task instances of the known runs
-- that are open, plus at most 100 000 of finished ones.
CREATE TABLE known_task (
  airflow text NOT NULL,
  run_pk bigint NOT NULL,
  task_id text NOT NULL,
  map_index integer NOT NULL,
  state text,
  try_number integer NOT NULL,
  end_ms double precision,
  updated_ms double precision,
  counted text[] NOT NULL,
  PRIMARY KEY (airflow, run_pk, task_id, map_index),
  FOREIGN KEY (airflow, run_pk) REFERENCES known_run ON DELETE CASCADE
);

-- The edges of each DAG, read again when its hash changes. Bound: one row a DAG.
CREATE TABLE dag_graph (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  hash text NOT NULL,
  tasks jsonb NOT NULL,
  links jsonb NOT NULL,
  PRIMARY KEY (airflow, dag_id)
);
