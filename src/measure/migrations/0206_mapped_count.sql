-- How many instances each mapped task had, of ordinary runs that ended (neither backfill nor catch-up, nor run again).
-- Bound: of a task the newest 120 runs, none of a DAG that did not run within 400 days.
CREATE TABLE mapped_count (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  run_pk bigint NOT NULL,
  -- Whole seconds; when the run started, or else was due or ended.
  started_at timestamptz NOT NULL,
  instances integer NOT NULL,
  PRIMARY KEY (airflow, dag_id, task_id, run_pk)
);
