DROP TABLE rate_counters;
ALTER TABLE tenants DROP COLUMN rate_limits;
-- What an older gateway cannot read it must not find.
DELETE FROM idempotency_keys;
ALTER TABLE idempotency_keys DROP COLUMN sealed;
ALTER TABLE idempotency_keys DROP COLUMN status;
ALTER TABLE idempotency_keys DROP COLUMN lease_until;
ALTER TABLE idempotency_keys DROP COLUMN reservation;
ALTER TABLE idempotency_keys DROP COLUMN state;
