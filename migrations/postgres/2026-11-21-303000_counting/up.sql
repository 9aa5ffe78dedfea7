-- Idempotency keys are reserved before the work begins, and completed in the transaction of its effect.
ALTER TABLE idempotency_keys NO FORCE ROW LEVEL SECURITY;
-- `reserved`; `begun`: part of the work is done, and only the same request goes on with it; `done`; `lost`: done, and its answer is not known.
ALTER TABLE idempotency_keys ADD COLUMN state TEXT NOT NULL DEFAULT 'done';
-- Whose the reservation is: what completes it must name it. And until when it is theirs; NULL: nobody's.
ALTER TABLE idempotency_keys ADD COLUMN reservation TEXT NOT NULL DEFAULT '';
ALTER TABLE idempotency_keys ADD COLUMN lease_until TIMESTAMPTZ;
-- The answer's HTTP status, and whether its body is encrypted.
ALTER TABLE idempotency_keys ADD COLUMN status INTEGER NOT NULL DEFAULT 200;
ALTER TABLE idempotency_keys ADD COLUMN sealed BOOLEAN NOT NULL DEFAULT FALSE;

-- The two endpoints that sent faxes shared their keys: a body's hash tells them apart, so each gets every key with its own answer.
INSERT INTO idempotency_keys (tenant_id, user_id, endpoint, key, body_sha256, answer, created_at, status)
SELECT tenant_id, user_id, 'POST /v1/fax/jobs', key, body_sha256,
       '{"fax_job_id":"' || (answer::json ->> 'fax') || '","status":"queued_for_send"}', created_at, 201
FROM idempotency_keys WHERE endpoint = 'fax.send';
UPDATE idempotency_keys SET endpoint = 'POST /api/fax/send',
    answer = '{"status":"OK","code":200,"uuid":"' || (answer::json ->> 'fax')
        || '","message":"Fax queued successfully","details":{"recipients":' || json_array_length(answer::json -> 'queued')
        || ',"queued":' || (answer::json -> 'queued')::text || '}'
        || CASE answer::json ->> 'simulated' WHEN 'true' THEN ',"simulated":true' ELSE '' END || '}'
WHERE endpoint = 'fax.send';
-- Of these only the effect was noted.
UPDATE idempotency_keys SET endpoint = 'POST /api/v1/numbers/orders', state = 'lost' WHERE endpoint = 'numbers.order';
UPDATE idempotency_keys SET endpoint = 'POST /api/v1/numbers/import', state = 'lost' WHERE endpoint = 'numbers.import';
UPDATE idempotency_keys SET endpoint = 'POST /phone_numbers', state = 'begun' WHERE endpoint = 'numbers.claim';
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;

-- A tenant's own quotas for each of its users: `list=0,send=200`. What is not there is as for everybody.
ALTER TABLE tenants ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '';

-- Requests counted for all nodes together (GCRA): the nanosecond since 1970 at which the quota is full again. Nothing is lost with it
-- that an hour does not mend, so it is not logged.
CREATE UNLOGGED TABLE rate_counters (
    -- What is counted, and whose.
    endpoint TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    full_at  BIGINT  NOT NULL,
    -- Whether the request that came last was refused.
    refused  BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (endpoint, subject)
) WITH (fillfactor = 50);
ALTER TABLE rate_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY every_row ON rate_counters TO faxgate_system USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_counters TO faxgate_system;
