-- When each report is to be sent next, so that a time that nobody was there at is made up for, once. Bound: two rows a deployment.
CREATE TABLE report_due (
  airflow text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('daily', 'weekly')),
  schedule text NOT NULL,
  time_zone text NOT NULL,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, kind)
);
