-- How long incidents took to be acknowledged and to be resolved: histograms that only grow, whatever retention takes of the
-- incidents. Bound: one row a measure, severity and bucket.
CREATE TABLE incident_time (
  airflow text NOT NULL,
  measure text NOT NULL CHECK (measure IN ('acknowledge', 'resolve')),
  severity text NOT NULL,
  le double precision NOT NULL,
  incidents bigint NOT NULL,
  seconds double precision NOT NULL,
  PRIMARY KEY (airflow, measure, severity, le)
);
