-- Whoever holds the lease cannot reach Airflow: another replica that can may take it at once.
ALTER TABLE lease ADD COLUMN offered boolean NOT NULL DEFAULT false;
