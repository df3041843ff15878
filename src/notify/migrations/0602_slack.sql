-- Which incidents Alertmanager's webhook told of: one row an alert and episode, however often and in whatever order it tells them.
-- Bound: the newest 90 days.
CREATE TABLE webhook_alert (
  airflow text NOT NULL,
  fingerprint text NOT NULL,
  starts_at timestamptz NOT NULL,
  incident_id text NOT NULL,
  told_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (airflow, fingerprint, starts_at)
);
CREATE INDEX webhook_alert_of ON webhook_alert (airflow, incident_id);

-- Messages in Slack, and those that wait to be posted there: `incident:<id>` is an incident's, `thread:<event id>` an answer
-- in its thread, anything else (a report) brings its content along. Bound: goes with its incident; what has none, 90 days.
CREATE TABLE slack_message (
  airflow text NOT NULL,
  key text NOT NULL,
  incident_id text,
  -- An answer in the thread: the event it tells of.
  event_id bigint,
  -- Of an incident's own message: events up to here were in it when it was queued, or are told.
  seen_event bigint,
  -- Null: as the configuration says when it is posted.
  channel text,
  -- Null: rendered from the incident's rows, or posted already.
  content jsonb,
  -- sending: it may be there or not, until it was looked up.
  state text NOT NULL CHECK (state IN ('queued', 'sending', 'posted', 'refused', 'dropped')),
  ts text,
  -- Of the content that was last posted, or refused.
  hash text,
  tries integer NOT NULL DEFAULT 0,
  error text,
  queued_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  tried_at timestamptz,
  posted_at timestamptz,
  PRIMARY KEY (airflow, key),
  FOREIGN KEY (airflow, incident_id) REFERENCES incident ON DELETE CASCADE
);
CREATE INDEX slack_message_waiting ON slack_message (airflow, due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX slack_message_of ON slack_message (airflow, incident_id) WHERE incident_id IS NOT NULL;
