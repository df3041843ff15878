-- Incidents with the same error, newest first.
CREATE INDEX incident_by_signature ON incident (airflow, signature, opened_at DESC) WHERE signature IS NOT NULL;
