-- What people look up of a DAG, so that any replica can show it.
ALTER TABLE known_dag ADD owners text NOT NULL DEFAULT '', ADD tags text[] NOT NULL DEFAULT '{}', ADD schedule text NOT NULL DEFAULT '',
  ADD next_run_at timestamptz;
