-- By how many seconds a profile's hours or days begin later than those of UTC, so that no task starts at their edge.
ALTER TABLE duration_profile ADD COLUMN shift_seconds double precision NOT NULL DEFAULT 0;
