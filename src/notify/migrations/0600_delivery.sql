-- When an alert began, the same at every repeat; the silence that we set for its incident; how Alertmanager last had it.
-- Bound: one row an incident and severity told; goes with the incident.
CREATE TABLE alert (
  airflow text NOT NULL,
  incident_id text NOT NULL,
  severity text NOT NULL,
  starts_at timestamptz NOT NULL,
  state jsonb,
  PRIMARY KEY (airflow, incident_id, severity),
  FOREIGN KEY (airflow, incident_id) REFERENCES incident ON DELETE CASCADE
);

-- What each member of the Alertmanager cluster was last sent. Bound: one row an alert and member.
CREATE TABLE delivery (
  airflow text NOT NULL,
  incident_id text NOT NULL,
  severity text NOT NULL,
  member text NOT NULL,
  firing_sent_at timestamptz,
  resolved_sent_at timestamptz,
  rejected text,
  rejected_at timestamptz,
  PRIMARY KEY (airflow, incident_id, severity, member),
  FOREIGN KEY (airflow, incident_id, severity) REFERENCES alert ON DELETE CASCADE
);

-- Silences set in Alertmanager, to be prolonged and ended. Bound: one row an open incident.
CREATE TABLE silence (
  airflow text NOT NULL,
  incident_id text NOT NULL,
  silence_id text NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (airflow, incident_id),
  FOREIGN KEY (airflow, incident_id) REFERENCES incident ON DELETE CASCADE
);
