-- What people said of explanations. Confirmed, it is an example for language models and a rule that is suggested. All text redacted.
-- Bound: the newest 2 000 a deployment, those that are confirmed last of all.
CREATE TABLE explanation_feedback (
  airflow text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  who text NOT NULL,
  incident_id text NOT NULL,
  event text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  signature text,
  verdict text NOT NULL CHECK (verdict IN ('up', 'down', 'corrected')),
  -- What a person says it is; null: as it was said.
  category text,
  root_cause text,
  note text NOT NULL,
  -- What was shown: who said it, as what, and by what that confidence came about.
  said jsonb NOT NULL,
  features jsonb,
  -- The failure's lines as an example shows them, and its exception.
  log_context text NOT NULL,
  error_type text NOT NULL,
  error_message text NOT NULL,
  state text NOT NULL CHECK (state IN ('new', 'confirmed', 'revoked')),
  decided_by text,
  decided_at timestamptz,
  PRIMARY KEY (airflow, id)
);
-- A person has one opinion of an explanation.
CREATE UNIQUE INDEX explanation_feedback_of ON explanation_feedback (airflow, incident_id, event, who);
CREATE INDEX explanation_feedback_by_signature ON explanation_feedback (airflow, signature);
CREATE INDEX explanation_feedback_confirmed ON explanation_feedback (airflow, decided_at DESC) WHERE state = 'confirmed';
