-- Incidents, open and resolved. Bound: those of `incident.keep` (180 days) and at most 50 000 resolved ones a deployment.
CREATE TABLE incident (
  airflow text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  subject_key text NOT NULL,
  subject jsonb NOT NULL,
  dag_id text,
  dag_owner text,
  state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
  severity text NOT NULL,
  alert_severity text NOT NULL,
  title text NOT NULL,
  labels jsonb NOT NULL,
  first jsonb NOT NULL,
  latest jsonb NOT NULL,
  opened_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by text,
  escalated_at timestamptz,
  resolved_at timestamptz,
  end_reason text,
  root_id text,
  member_reason text,
  split boolean NOT NULL,
  recurrences integer NOT NULL,
  tellable_at timestamptz,
  suppression jsonb,
  signature text,
  PRIMARY KEY (airflow, id)
);
-- Whoever races to open the same trouble: the database lets one win.
CREATE UNIQUE INDEX incident_identity ON incident (airflow, kind, subject_key) WHERE state <> 'resolved';
CREATE INDEX incident_by_time ON incident (airflow, opened_at DESC, id DESC);
CREATE INDEX incident_closed ON incident (airflow, resolved_at DESC) WHERE state = 'resolved';
CREATE INDEX incident_members ON incident (airflow, root_id) WHERE root_id IS NOT NULL;

-- What happened to incidents: the timeline, the audit trail, and what delivery to Slack follows. Bound: that of incident;
-- events without an incident (retries that healed) are kept for 30 days.
CREATE TABLE incident_event (
  airflow text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  incident_id text,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  who text NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (airflow, id)
);
CREATE INDEX incident_event_of ON incident_event (airflow, incident_id, id);
