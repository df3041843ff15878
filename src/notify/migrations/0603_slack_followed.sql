-- What of the webhook's news was not looked at yet.
ALTER TABLE webhook_alert ADD COLUMN taken boolean NOT NULL DEFAULT false;
CREATE INDEX webhook_alert_new ON webhook_alert (airflow) WHERE NOT taken;

-- What happened, where it is an answer in a thread; which state of its incident a message last said; up to which event it told of when it was posted; since when nothing more is expected
-- of the incident.
ALTER TABLE slack_message ADD COLUMN event_kind text, ADD COLUMN version text, ADD COLUMN shown_event bigint, ADD COLUMN closed_at timestamptz;
CREATE INDEX slack_message_followed ON slack_message (airflow)
  WHERE state IN ('posted', 'refused') AND event_id IS NULL AND incident_id IS NOT NULL AND closed_at IS NULL;
