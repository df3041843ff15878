-- Values of the newest slices of a posted metric, newest last: a promise counts as kept again only when all of them keep it.
-- Bound: 60 a target.
ALTER TABLE sla_state ADD COLUMN recent_values double precision[] NOT NULL DEFAULT '{}';
