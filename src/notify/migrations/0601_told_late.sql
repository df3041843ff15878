-- Whether an alert was over already when a member was first sent it as firing.
ALTER TABLE delivery ADD COLUMN late boolean NOT NULL DEFAULT false;
