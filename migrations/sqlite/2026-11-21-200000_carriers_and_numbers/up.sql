-- Numbers: who carries them, and how faxes from them present themselves.
ALTER TABLE dids ADD COLUMN carrier TEXT;
-- The carrier's own id of the number, and the application that its faxes go to. NULL: not attached.
ALTER TABLE dids ADD COLUMN carrier_number_id TEXT;
ALTER TABLE dids ADD COLUMN connection_id TEXT;
-- `active`; `releasing` while the carrier is told to take it back.
ALTER TABLE dids ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
-- The name that a call shows beside the number, what stands in the header line instead of the tenant's name, and the zone of its clock.
ALTER TABLE dids ADD COLUMN caller_name TEXT;
ALTER TABLE dids ADD COLUMN header_text TEXT;
ALTER TABLE dids ADD COLUMN time_zone TEXT;
-- Lines for faxes that are sent from it, in order: `,east,telnyx,`. NULL: the rules in `routes`.
ALTER TABLE dids ADD COLUMN route TEXT;
ALTER TABLE dids ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX dids_default ON dids (tenant_id) WHERE is_default;

-- Small numbers beside the ids, for clients that know nothing else.
ALTER TABLE dids ADD COLUMN short_id INTEGER;
ALTER TABLE users ADD COLUMN short_id INTEGER;
UPDATE dids SET short_id = rowid;
UPDATE users SET short_id = rowid;
CREATE UNIQUE INDEX dids_by_short_id ON dids (short_id);
CREATE UNIQUE INDEX users_by_short_id ON users (short_id);
-- One more than the highest there ever was: a number that was given away is not given again.
CREATE TABLE short_ids (name TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT;
INSERT INTO short_ids (name, last) VALUES ('dids', (SELECT coalesce(max(short_id), 0) FROM dids)), ('users', (SELECT coalesce(max(short_id), 0) FROM users));
CREATE TRIGGER dids_get_a_short_id AFTER INSERT ON dids BEGIN
    UPDATE short_ids SET last = last + 1 WHERE name = 'dids';
    UPDATE dids SET short_id = (SELECT last FROM short_ids WHERE name = 'dids') WHERE id = NEW.id;
END;
CREATE TRIGGER users_get_a_short_id AFTER INSERT ON users BEGIN
    UPDATE short_ids SET last = last + 1 WHERE name = 'users';
    UPDATE users SET short_id = (SELECT last FROM short_ids WHERE name = 'users') WHERE id = NEW.id;
END;

-- Which lines a recipient's calls may take, in order: `,on-net,east,telnyx,`. NULL: any.
ALTER TABLE queue_items ADD COLUMN route TEXT;
CREATE INDEX queue_items_on_net ON queue_items (priority, due_at, id) WHERE state = 'queued' AND substr(route, 1, 8) = ',on-net,';

-- The rules that routes come from; the first that fits counts, those of the tenant before those of all (`tenant_id` NULL).
CREATE TABLE routes (
    id         TEXT NOT NULL PRIMARY KEY,
    tenant_id  TEXT REFERENCES tenants (id) ON DELETE CASCADE,
    -- Digits that the number begins with, country code first; empty: every number.
    prefix     TEXT NOT NULL,
    position   INTEGER NOT NULL,
    lanes      TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX routes_by_tenant ON routes (tenant_id, position);

-- The carrier's own id of the fax, once it is known.
ALTER TABLE attempts ADD COLUMN carrier_id TEXT;
CREATE INDEX attempts_by_carrier_id ON attempts (carrier_id) WHERE carrier_id IS NOT NULL;

-- What carriers told by webhook, by the id of the event: stored before it is answered.
CREATE TABLE carrier_events (
    -- `telnyx:` and the carrier's id.
    id          TEXT NOT NULL PRIMARY KEY,
    carrier     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    -- The carrier's id of the fax, and our attempt when the event names it.
    fax_id      TEXT,
    attempt_id  TEXT,
    occurred_at TEXT,
    body        TEXT NOT NULL,
    received_at TEXT NOT NULL,
    -- NULL: nobody has made use of it yet.
    used_at     TEXT
) STRICT;
CREATE INDEX carrier_events_waiting ON carrier_events (received_at, id) WHERE used_at IS NULL;
CREATE INDEX carrier_events_by_fax ON carrier_events (fax_id);
CREATE INDEX carrier_events_by_attempt ON carrier_events (attempt_id) WHERE attempt_id IS NOT NULL;
CREATE INDEX carrier_events_by_age ON carrier_events (received_at);

-- Orders of numbers, followed until the carrier has delivered or refused them.
CREATE TABLE number_orders (
    -- Also the `customer_reference` at the carrier: an order whose answer was lost is found by it.
    id               TEXT NOT NULL PRIMARY KEY,
    tenant_id        TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- NULL: an operator, at the gateway's own console.
    user_id          TEXT REFERENCES users (id),
    carrier          TEXT NOT NULL,
    carrier_order_id TEXT,
    -- Separated by commas.
    numbers          TEXT NOT NULL,
    -- `pending`, `placed`, `success`, `failure`.
    state            TEXT NOT NULL,
    error            TEXT,
    -- When the carrier was last asked for it, committed first; and how often its list was read since then without finding it.
    asked_at         TEXT,
    looks            INTEGER NOT NULL DEFAULT 0,
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL
) STRICT;
CREATE INDEX number_orders_by_tenant ON number_orders (tenant_id, created_at);
