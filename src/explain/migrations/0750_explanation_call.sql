-- What language models were asked and what they said: for audit, and to be taken again where the same error comes up. All of it redacted.
-- Bound: 30 days, and the newest 3 000 a deployment, of about 8 kB each.
CREATE TABLE explanation_call (
  airflow text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  incident_id text NOT NULL,
  event text NOT NULL,
  signature text,
  outcome text NOT NULL,
  -- Why it is no more than that; empty: nothing to say.
  detail text NOT NULL,
  -- Null: nobody answered.
  provider text,
  model text,
  calls integer NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  -- In the currency of llm.prices; null: no price fits.
  cost double precision,
  seconds double precision NOT NULL,
  -- The messages as they were sent, and the answers as they came.
  prompt jsonb NOT NULL,
  raw jsonb NOT NULL,
  -- The answer that was read and verified, and what its confidence was computed from; null: none was.
  answer jsonb,
  features jsonb,
  cache_key text,
  -- People said that it is wrong: it is not taken again.
  evicted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (airflow, id)
);
CREATE INDEX explanation_call_cache ON explanation_call (airflow, cache_key, at DESC) WHERE answer IS NOT NULL AND NOT evicted;
CREATE INDEX explanation_call_of ON explanation_call (airflow, incident_id, event);
CREATE INDEX explanation_call_by_signature ON explanation_call (airflow, signature) WHERE answer IS NOT NULL;
CREATE INDEX explanation_call_by_time ON explanation_call (airflow, at DESC);
