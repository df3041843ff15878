-- How each SLA stands on each of its targets. Bound: 1000 targets an SLA; a row not written for 400 days goes.
CREATE TABLE sla_state (
  airflow text NOT NULL,
  sla text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  definition text NOT NULL,
  seeded boolean NOT NULL,
  first_seen_at timestamptz NOT NULL,
  violations bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('met', 'breached', 'unknown')),
  since timestamptz NOT NULL,
  last_success_at timestamptz,
  judged_to timestamptz NOT NULL,
  last_value double precision,
  last_value_at timestamptz,
  violation_event text,
  violation_at timestamptz,
  violation_text text,
  -- As it was judged last, for whoever shows it; null while no SLA of the configuration is about the target.
  status jsonb,
  saved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (airflow, sla, dag_id, task_id)
);

-- What was counted, by hours (90 days: at most 2160 rows a target) and for slices of time also by five minutes (7 hours: 84 rows).
CREATE TABLE sla_bucket (
  airflow text NOT NULL,
  sla text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  minutes smallint NOT NULL CHECK (minutes IN (5, 60)),
  at timestamptz NOT NULL,
  total integer NOT NULL,
  bad integer NOT NULL,
  PRIMARY KEY (airflow, sla, dag_id, task_id, minutes, at)
);

-- The newest runs, tries and deadlines that were judged. Bound: 500 a target, none older than 90 days; trimmed hourly.
CREATE TABLE sla_event (
  airflow text NOT NULL,
  sla text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  event text NOT NULL,
  at timestamptz NOT NULL,
  value double precision,
  good boolean NOT NULL,
  PRIMARY KEY (airflow, sla, dag_id, task_id, event)
);
