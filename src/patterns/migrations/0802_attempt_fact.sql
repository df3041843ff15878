-- Tries that ended, with what may go with their failure. Bound: of a task the newest 400, within 30 days.
CREATE TABLE attempt_fact (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  run_id text NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  started_at timestamptz,
  ended_at timestamptz NOT NULL,
  failed boolean NOT NULL,
  run_type text NOT NULL,
  host text,
  queue text,
  pool text,
  operator text,
  executor text,
  -- Of the DAG's code: the head of the hash of its serialised form when the try ended; null in history.
  dag_version text,
  PRIMARY KEY (airflow, dag_id, task_id, run_id, map_index, try_number)
);
CREATE INDEX attempt_fact_failed ON attempt_fact (airflow, ended_at) WHERE failed;
