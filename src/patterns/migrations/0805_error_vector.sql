-- What errors mean, as vectors of a language model: of each cluster at least one, of an error that it holds. Bound: those of
-- error_member (5000 a deployment), 16 kB each.
CREATE TABLE error_vector (
  airflow text NOT NULL,
  fingerprint text NOT NULL,
  -- Provider and model: vectors of another space are no use.
  space text NOT NULL,
  -- Numbers of 4 bytes (IEEE 754, little-endian).
  vector bytea NOT NULL,
  made_at timestamptz NOT NULL,
  -- What making it took, its part of the call.
  tokens double precision NOT NULL,
  PRIMARY KEY (airflow, fingerprint)
);
CREATE INDEX error_vector_by_time ON error_vector (airflow, made_at);
