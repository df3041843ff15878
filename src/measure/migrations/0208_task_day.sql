-- What ended of a task on a day of the calendar (of `report.time_zone`), for reports: counted live, as counters are.
-- Bound: one row a task and day on which a try of it ended, 35 days; of at most 64 durations each.
CREATE TABLE task_day (
  airflow text NOT NULL,
  day date NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  success integer NOT NULL,
  failure integer NOT NULL,
  retry integer NOT NULL,
  -- Successes of a later try, in runs that nobody had run again.
  healed integer NOT NULL,
  -- Of all tries, and of those that failed, for good or not.
  seconds double precision NOT NULL,
  failed_seconds double precision NOT NULL,
  -- Sum of the logarithms of the seconds of successes, and of how many: by their mean what became slower is found without looking at durations.
  log_seconds double precision NOT NULL,
  timed integer NOT NULL,
  -- An even sample of the durations of successes: those with the smallest hashes, as hash * 2^32 + the bits of the seconds as a float.
  durations bigint[] NOT NULL,
  PRIMARY KEY (airflow, day, dag_id, task_id)
);

-- Since when that is counted. Bound: one row a deployment.
CREATE TABLE task_day_since (
  airflow text PRIMARY KEY,
  since timestamptz NOT NULL
);

-- Reports ask which shifts a period showed.
CREATE INDEX level_shift_by_time ON level_shift (airflow, confirmed_at);
