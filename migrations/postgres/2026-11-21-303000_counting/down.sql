DROP TABLE rate_counters;
ALTER TABLE tenants DROP COLUMN rate_limits;
ALTER TABLE idempotency_keys NO FORCE ROW LEVEL SECURITY;
-- What an older gateway cannot read it must not find.
DELETE FROM idempotency_keys;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys DROP COLUMN sealed;
ALTER TABLE idempotency_keys DROP COLUMN status;
ALTER TABLE idempotency_keys DROP COLUMN lease_until;
ALTER TABLE idempotency_keys DROP COLUMN reservation;
ALTER TABLE idempotency_keys DROP COLUMN state;
