-- The attempt that succeeded is kept with its delivery; and what waits is found in an index of its own, so
-- that what has arrived leaves it instead of moving within it.

ALTER TABLE outbox ADD COLUMN arrived_at_us BIGINT;
ALTER TABLE outbox ADD COLUMN arrived_took_us BIGINT;
ALTER TABLE outbox ADD COLUMN arrived_status BIGINT;
ALTER TABLE outbox ADD COLUMN arrived_body_head TEXT;

DROP INDEX outbox_by_state;
CREATE INDEX outbox_pending ON outbox (sequence) WHERE state = 'pending';
