-- What the shares of failures of all DAGs say about any one: Beta(a, b). Jeffreys' until it is learned.
ALTER TABLE learned
  ADD COLUMN failures_a double precision NOT NULL DEFAULT 0.5,
  ADD COLUMN failures_b double precision NOT NULL DEFAULT 0.5;
