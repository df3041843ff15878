-- A sample belongs to its task's series (what was run again, or made up for, does so only while there is little else); how unusual it was.
-- Bound of the table from here on: of a task the newest 120 that count in each bucket of map indexes (8 at most) and the newest
-- 200 others, none of a task that did not run within 400 days.
ALTER TABLE sample ADD counted boolean NOT NULL DEFAULT true, ADD score double precision;

-- Runs that ended, for the judgement of DAGs. Bound: the newest 200 of a DAG that ran within 400 days.
CREATE TABLE run_sample (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  run_pk bigint NOT NULL,
  run_id text NOT NULL,
  run_type text NOT NULL,
  due_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  state text NOT NULL,
  by_person boolean NOT NULL,
  PRIMARY KEY (airflow, dag_id, run_pk)
);

-- Durations of a task have a new normal since then: its series begins there. Bound: the newest 20 of a series.
CREATE TABLE level_shift (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  bucket text NOT NULL,
  at timestamptz NOT NULL,
  confirmed_at timestamptz NOT NULL,
  from_seconds double precision NOT NULL,
  to_seconds double precision NOT NULL,
  before_count integer NOT NULL,
  since_count integer NOT NULL,
  p double precision NOT NULL,
  PRIMARY KEY (airflow, dag_id, task_id, bucket, at)
);

-- How durations of a task differ by the calendar, where that is certain. Bound: one row a series.
CREATE TABLE duration_profile (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  bucket text NOT NULL,
  kind text NOT NULL,
  offsets double precision[] NOT NULL,
  counts integer[] NOT NULL,
  PRIMARY KEY (airflow, dag_id, task_id, bucket)
);

-- What all series say together. `version` grows when another process changed what is learned. Bound: one row a deployment.
CREATE TABLE learned (
  airflow text PRIMARY KEY,
  version integer NOT NULL DEFAULT 0,
  at timestamptz NOT NULL,
  series integer NOT NULL,
  prior_scale double precision,
  prior_df double precision,
  alphas jsonb NOT NULL,
  score_alphas jsonb NOT NULL,
  settings text NOT NULL
);
