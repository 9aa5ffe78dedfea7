-- Row-level security binds the owner too, and without a policy of its own it would find no row to fill in.
ALTER TABLE queue_items NO FORCE ROW LEVEL SECURITY;
ALTER TABLE attempts NO FORCE ROW LEVEL SECURITY;

-- Who may send how much, and when: the tenant's own rules, as JSON.
ALTER TABLE tenants ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';

ALTER TABLE faxes ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
ALTER TABLE faxes ADD COLUMN send_at TIMESTAMPTZ;

-- 0 urgent, 1 normal, 2 bulk.
ALTER TABLE queue_items ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
-- Set aside while a call to the same number is open, so that claims need not step over it.
ALTER TABLE queue_items ADD COLUMN parked BOOLEAN NOT NULL DEFAULT FALSE;
-- Why it is not due yet; NULL: it is due, or what it waits for is found when somebody asks.
ALTER TABLE queue_items ADD COLUMN waiting_for TEXT;
-- The line that it was claimed for, and the one that the next try is better not made on.
ALTER TABLE queue_items ADD COLUMN lane TEXT;
ALTER TABLE queue_items ADD COLUMN avoid_lane TEXT;
-- What of a line's abilities the next call may use: words of `t38 ecm v17`. NULL: all, or what the destination taught us.
ALTER TABLE queue_items ADD COLUMN line_settings TEXT;
-- Milliseconds of line time for which its tenant was charged at the last claim.
ALTER TABLE queue_items ADD COLUMN charge BIGINT NOT NULL DEFAULT 0;
ALTER TABLE queue_items ADD COLUMN tries_partial INTEGER NOT NULL DEFAULT 0;
-- Times in a row that nothing could be dialled.
ALTER TABLE queue_items ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;

DROP INDEX queue_items_waiting;
CREATE INDEX queue_items_ready ON queue_items (tenant_id, simulated, priority, due_at, id) WHERE state = 'queued' AND NOT parked;
CREATE INDEX queue_items_parked ON queue_items (destination, simulated, tenant_id, priority, due_at, id) WHERE state = 'queued' AND parked;
-- What was asked to be canceled while it was claimed, and came back to the queue.
CREATE INDEX queue_items_to_cancel ON queue_items (id) WHERE state = 'queued' AND cancel_requested;
-- By fax too: without statistics a planner takes the tenant's index before the one that has the fax, and reads all of it.
DROP INDEX queue_items_by_tenant;
CREATE INDEX queue_items_by_tenant ON queue_items (tenant_id, fax_id, position);
CREATE INDEX queue_items_open ON queue_items (simulated, destination) WHERE state IN ('claimed', 'active');
-- A claim counts by line; calls that were open before this migration have theirs in the attempt.
UPDATE queue_items SET lane = (SELECT lane FROM attempts WHERE attempts.item_id = queue_items.id AND attempts.phase <> 'settled')
    WHERE state = 'active';

ALTER TABLE attempts ADD COLUMN line_settings TEXT;
-- What settled it, for people.
ALTER TABLE attempts ADD COLUMN evidence TEXT;
-- Millionths of the currency.
ALTER TABLE attempts ADD COLUMN cost BIGINT NOT NULL DEFAULT 0;
-- Whether it was for a test fax: those use up nothing.
ALTER TABLE attempts ADD COLUMN simulated BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE attempts SET simulated = (SELECT simulated FROM queue_items WHERE queue_items.id = attempts.item_id);
DROP INDEX attempts_by_tenant;
CREATE INDEX attempts_by_tenant ON attempts (tenant_id, item_id, number);
CREATE INDEX attempts_by_time ON attempts (tenant_id, simulated, created_at);
CREATE INDEX attempts_by_lane ON attempts (lane, created_at);

-- A tenant's place at the counter. `tag` is its line time so far, in milliseconds, divided by its weight: whoever has the
-- smallest is next. Only claims write here, one at a time.
CREATE TABLE shares (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    simulated    BOOLEAN NOT NULL,
    -- Whether it had something due when it was last looked at.
    backlogged   BOOLEAN NOT NULL DEFAULT FALSE,
    -- While it is not: look again at this moment. NULL: nothing waits.
    next_due     TIMESTAMPTZ,
    tag          BIGINT NOT NULL DEFAULT 0,
    -- The limit at which it was when it was last looked at.
    waiting_for  TEXT,
    -- Its next call may not be placed before: calls a second.
    next_call_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, simulated)
);
CREATE INDEX shares_in_turn ON shares (simulated, tag, tenant_id) WHERE backlogged;
CREATE INDEX shares_asleep ON shares (simulated, next_due) WHERE NOT backlogged;

-- What claims must know of a share: left in the transaction of a change, taken in by the next claim. So whoever changes an
-- item never waits for a claim, nor a claim for them.
CREATE TABLE share_notes (
    id        BIGINT  NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    tenant_id TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    simulated BOOLEAN NOT NULL,
    -- Something is due then.
    due_at    TIMESTAMPTZ,
    -- Line time that was used beyond what was charged, in milliseconds; negative: it was less.
    line_ms   BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX share_notes_by_tenant ON share_notes (tenant_id);
CREATE INDEX share_notes_in_order ON share_notes (simulated, id);
INSERT INTO share_notes (tenant_id, simulated, due_at)
    SELECT tenant_id, simulated, min(due_at) FROM queue_items WHERE state = 'queued' GROUP BY tenant_id, simulated;

-- The tag of whoever was served last: nobody who comes later may be further back.
CREATE TABLE share_clock (
    simulated BOOLEAN NOT NULL PRIMARY KEY,
    tag       BIGINT NOT NULL
);
INSERT INTO share_clock (simulated, tag) VALUES (FALSE, 0), (TRUE, 0);

-- What a tenant used, by day in its own time zone (YYYY-MM-DD). `cost` in millionths of the currency.
CREATE TABLE usage_days (
    tenant_id    TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    day          TEXT    NOT NULL,
    attempts     BIGINT NOT NULL DEFAULT 0,
    line_seconds BIGINT NOT NULL DEFAULT 0,
    cost         BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, day)
);

-- Lines, as all nodes see them.
CREATE TABLE lanes (
    name         TEXT NOT NULL PRIMARY KEY,
    -- No calls before this moment, and why.
    paused_until TIMESTAMPTZ,
    pause_reason TEXT,
    pauses       INTEGER NOT NULL DEFAULT 0,
    -- The next call may not be placed before: calls a second, over all nodes.
    next_call_at TIMESTAMPTZ,
    -- The mark of the folder with its records, and who named it: every node has to read the same one.
    folder       TEXT,
    updated_at   TIMESTAMPTZ NOT NULL
);

-- What was learned about a number, and what an operator set.
CREATE TABLE destinations (
    number        TEXT    NOT NULL PRIMARY KEY,
    -- Calls at once; more than one for a hunt group.
    max_calls     INTEGER NOT NULL DEFAULT 1,
    line_settings TEXT,
    -- Whether a person set `line_settings`: nothing is learned then, and nothing fades.
    pinned        BOOLEAN NOT NULL DEFAULT FALSE,
    good          INTEGER NOT NULL DEFAULT 0,
    bad           INTEGER NOT NULL DEFAULT 0,
    note          TEXT,
    learned_at    TIMESTAMPTZ,
    updated_at    TIMESTAMPTZ NOT NULL
);

-- Numbers for which something is parked.
CREATE TABLE crowded (
    destination TEXT NOT NULL,
    simulated   BOOLEAN NOT NULL,
    -- When there is room for another call, look at it no sooner than this.
    look_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (destination, simulated)
);

-- Numbers that must not be faxed: by one tenant, or by anybody (`tenant_id` NULL).
CREATE TABLE do_not_fax (
    id         TEXT NOT NULL PRIMARY KEY,
    tenant_id  TEXT REFERENCES tenants (id) ON DELETE CASCADE,
    number     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX do_not_fax_by_number ON do_not_fax (number, coalesce(tenant_id, ''));
CREATE INDEX do_not_fax_by_tenant ON do_not_fax (tenant_id);

-- CDRs of our calls that another node has to read.
CREATE TABLE call_records (
    call_uuid   TEXT NOT NULL PRIMARY KEY,
    source      TEXT NOT NULL,
    body        TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX call_records_by_age ON call_records (received_at);

-- Processes that dispatch.
CREATE TABLE nodes (
    name       TEXT NOT NULL PRIMARY KEY,
    version    TEXT NOT NULL,
    lanes      TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    beat_at    TIMESTAMPTZ NOT NULL
);

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['shares', 'share_notes', 'usage_days'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['share_clock', 'lanes', 'destinations', 'crowded', 'do_not_fax', 'call_records', 'nodes'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_system', t);
    END LOOP;
END $$;
-- A tenant sees its own list and the one that holds for everybody, and changes only its own.
CREATE POLICY own_rows ON do_not_fax TO faxgate_app USING (tenant_id = current_setting('faxgate.tenant', true));
CREATE POLICY for_everybody ON do_not_fax FOR SELECT TO faxgate_app USING (tenant_id IS NULL);
GRANT SELECT, INSERT, DELETE ON do_not_fax TO faxgate_app;
-- How to call a number, how lines are doing and what was learned is the same for all who call it.
GRANT SELECT ON lanes, destinations TO faxgate_app;
CREATE POLICY look ON lanes FOR SELECT TO faxgate_app USING (true);
CREATE POLICY look ON destinations FOR SELECT TO faxgate_app USING (true);

ALTER TABLE queue_items FORCE ROW LEVEL SECURITY;
ALTER TABLE attempts FORCE ROW LEVEL SECURITY;
