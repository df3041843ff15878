-- Who leads for a deployment, by this database's clock. Bound: one row a deployment.
CREATE TABLE lease (
  airflow text PRIMARY KEY,
  holder text NOT NULL,
  epoch bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
