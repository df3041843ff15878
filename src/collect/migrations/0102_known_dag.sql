-- Since when a DAG is there, paused, hidden by an import error, or gone: the catalogue only says what is. Bound: one row a DAG; 30 days after
-- it left the catalogue the row goes.
CREATE TABLE known_dag (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  file text NOT NULL,
  seen_at timestamptz NOT NULL,
  paused_at timestamptz,
  hidden_at timestamptz,
  resumed_at timestamptz,
  gone_at timestamptz,
  PRIMARY KEY (airflow, dag_id)
);
