-- Buttons that were pressed in Slack: each does its work once, however often the same request comes, to whichever replica. Bound: those
-- of the last hour.
CREATE TABLE slack_press (
  airflow text NOT NULL,
  key text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (airflow, key)
);
