-- Values that were posted to /api/v1/metrics. Bound: 24 hours, and per series 60 values a minute (86 400 rows); trimmed hourly.
CREATE TABLE custom_series (
  airflow text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  -- Names in alphabetical order, so that equal label sets are equal texts.
  labels jsonb NOT NULL,
  last_value double precision NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (airflow, id),
  UNIQUE (airflow, name, labels)
);

CREATE TABLE custom_value (
  airflow text NOT NULL,
  series_id bigint NOT NULL,
  at timestamptz NOT NULL,
  value double precision NOT NULL,
  PRIMARY KEY (airflow, series_id, at)
);
CREATE INDEX custom_value_by_time ON custom_value (airflow, at);
