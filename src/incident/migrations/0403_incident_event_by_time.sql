-- Reports ask what happened in a day or a week.
CREATE INDEX incident_event_by_time ON incident_event (airflow, at);
