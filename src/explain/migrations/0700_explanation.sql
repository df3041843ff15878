-- Why an incident is: one row for each of its occurrences that was explained. The log is reduced and redacted. Bound: the newest 3 of an
-- incident and 20 000 a deployment; goes with the incident.
CREATE TABLE explanation (
  airflow text NOT NULL,
  incident_id text NOT NULL,
  event text NOT NULL,
  made_at timestamptz NOT NULL,
  -- Null: what it is about has no log.
  log jsonb,
  evidence jsonb NOT NULL,
  circumstances jsonb NOT NULL,
  result_a jsonb NOT NULL,
  result_b jsonb,
  signature text,
  -- When a model may be asked at the earliest; null: it need not be.
  ask_after timestamptz,
  -- What became of it; null: it is not settled yet.
  outcome text,
  PRIMARY KEY (airflow, incident_id, event),
  FOREIGN KEY (airflow, incident_id) REFERENCES incident ON DELETE CASCADE
);
CREATE INDEX explanation_by_time ON explanation (airflow, made_at DESC);
CREATE INDEX explanation_waiting ON explanation (airflow, ask_after) WHERE outcome IS NULL AND ask_after IS NOT NULL;

-- What the logs of a task's successes have in common: templates, no lines. Bound: one row a task, the newest 5 000 a deployment.
CREATE TABLE log_baseline (
  airflow text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  -- Version of the code that they ran with; empty: not known.
  code text NOT NULL,
  runs integer NOT NULL,
  -- The task's successes when it was made.
  successes bigint NOT NULL,
  made_at timestamptz NOT NULL,
  baseline jsonb NOT NULL,
  PRIMARY KEY (airflow, dag_id, task_id)
);

-- Every error by the tasks that it came up in: what is known, and how often it was seen. Bound: the 10 000 seen last of a deployment.
CREATE TABLE error_signature (
  airflow text NOT NULL,
  signature text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  category text NOT NULL,
  cause text NOT NULL,
  times integer NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  last_incident_id text NOT NULL,
  PRIMARY KEY (airflow, signature, dag_id, task_id)
);
CREATE INDEX error_signature_by_task ON error_signature (airflow, dag_id, task_id, last_at DESC);
CREATE INDEX error_signature_by_time ON error_signature (airflow, last_at DESC);
