-- Who may send how much, and when: the tenant's own rules, as JSON.
ALTER TABLE tenants ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';

ALTER TABLE faxes ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
ALTER TABLE faxes ADD COLUMN send_at TEXT;

-- 0 urgent, 1 normal, 2 bulk.
ALTER TABLE queue_items ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
-- Set aside while a call to the same number is open, so that claims need not step over it.
ALTER TABLE queue_items ADD COLUMN parked INTEGER NOT NULL DEFAULT 0;
-- Why it is not due yet; NULL: it is due, or what it waits for is found when somebody asks.
ALTER TABLE queue_items ADD COLUMN waiting_for TEXT;
-- The line that it was claimed for, and the one that the next try is better not made on.
ALTER TABLE queue_items ADD COLUMN lane TEXT;
ALTER TABLE queue_items ADD COLUMN avoid_lane TEXT;
-- What of a line's abilities the next call may use: words of `t38 ecm v17`. NULL: all, or what the destination taught us.
ALTER TABLE queue_items ADD COLUMN line_settings TEXT;
-- Milliseconds of line time for which its tenant was charged at the last claim.
ALTER TABLE queue_items ADD COLUMN charge INTEGER NOT NULL DEFAULT 0;
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
ALTER TABLE attempts ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;
-- Whether it was for a test fax: those use up nothing.
ALTER TABLE attempts ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0;
UPDATE attempts SET simulated = (SELECT simulated FROM queue_items WHERE queue_items.id = attempts.item_id);
DROP INDEX attempts_by_tenant;
CREATE INDEX attempts_by_tenant ON attempts (tenant_id, item_id, number);
CREATE INDEX attempts_by_time ON attempts (tenant_id, simulated, created_at);
CREATE INDEX attempts_by_lane ON attempts (lane, created_at);

-- A tenant's place at the counter. `tag` is its line time so far, in milliseconds, divided by its weight: whoever has the
-- smallest is next. Only claims write here, one at a time.
CREATE TABLE shares (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    simulated    INTEGER NOT NULL,
    -- Whether it had something due when it was last looked at.
    backlogged   INTEGER NOT NULL DEFAULT 0,
    -- While it is not: look again at this moment. NULL: nothing waits.
    next_due     TEXT,
    tag          INTEGER NOT NULL DEFAULT 0,
    -- The limit at which it was when it was last looked at.
    waiting_for  TEXT,
    -- Its next call may not be placed before: calls a second.
    next_call_at TEXT,
    PRIMARY KEY (tenant_id, simulated)
) STRICT;
CREATE INDEX shares_in_turn ON shares (simulated, tag, tenant_id) WHERE backlogged;
CREATE INDEX shares_asleep ON shares (simulated, next_due) WHERE NOT backlogged;

-- What claims must know of a share: left in the transaction of a change, taken in by the next claim. So whoever changes an
-- item never waits for a claim, nor a claim for them.
CREATE TABLE share_notes (
    id        INTEGER NOT NULL PRIMARY KEY,
    tenant_id TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    simulated INTEGER NOT NULL,
    -- Something is due then.
    due_at    TEXT,
    -- Line time that was used beyond what was charged, in milliseconds; negative: it was less.
    line_ms   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX share_notes_by_tenant ON share_notes (tenant_id);
CREATE INDEX share_notes_in_order ON share_notes (simulated, id);
INSERT INTO share_notes (tenant_id, simulated, due_at)
    SELECT tenant_id, simulated, min(due_at) FROM queue_items WHERE state = 'queued' GROUP BY tenant_id, simulated;

-- The tag of whoever was served last: nobody who comes later may be further back.
CREATE TABLE share_clock (
    simulated INTEGER NOT NULL PRIMARY KEY,
    tag       INTEGER NOT NULL
) STRICT;
INSERT INTO share_clock (simulated, tag) VALUES (0, 0), (1, 0);

-- What a tenant used, by day in its own time zone (YYYY-MM-DD). `cost` in millionths of the currency.
CREATE TABLE usage_days (
    tenant_id    TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    day          TEXT    NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    line_seconds INTEGER NOT NULL DEFAULT 0,
    cost         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, day)
) STRICT;

-- Lines, as all nodes see them.
CREATE TABLE lanes (
    name         TEXT NOT NULL PRIMARY KEY,
    -- No calls before this moment, and why.
    paused_until TEXT,
    pause_reason TEXT,
    pauses       INTEGER NOT NULL DEFAULT 0,
    -- The next call may not be placed before: calls a second, over all nodes.
    next_call_at TEXT,
    -- The mark of the folder with its records, and who named it: every node has to read the same one.
    folder       TEXT,
    updated_at   TEXT NOT NULL
) STRICT;

-- What was learned about a number, and what an operator set.
CREATE TABLE destinations (
    number        TEXT    NOT NULL PRIMARY KEY,
    -- Calls at once; more than one for a hunt group.
    max_calls     INTEGER NOT NULL DEFAULT 1,
    line_settings TEXT,
    -- Whether a person set `line_settings`: nothing is learned then, and nothing fades.
    pinned        INTEGER NOT NULL DEFAULT 0,
    good          INTEGER NOT NULL DEFAULT 0,
    bad           INTEGER NOT NULL DEFAULT 0,
    note          TEXT,
    learned_at    TEXT,
    updated_at    TEXT NOT NULL
) STRICT;

-- Numbers for which something is parked.
CREATE TABLE crowded (
    destination TEXT NOT NULL,
    simulated   INTEGER NOT NULL,
    -- When there is room for another call, look at it no sooner than this.
    look_at     TEXT NOT NULL,
    PRIMARY KEY (destination, simulated)
) STRICT;

-- Numbers that must not be faxed: by one tenant, or by anybody (`tenant_id` NULL).
CREATE TABLE do_not_fax (
    id         TEXT NOT NULL PRIMARY KEY,
    tenant_id  TEXT REFERENCES tenants (id) ON DELETE CASCADE,
    number     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX do_not_fax_by_number ON do_not_fax (number, coalesce(tenant_id, ''));
CREATE INDEX do_not_fax_by_tenant ON do_not_fax (tenant_id);

-- CDRs of our calls that another node has to read.
CREATE TABLE call_records (
    call_uuid   TEXT NOT NULL PRIMARY KEY,
    source      TEXT NOT NULL,
    body        TEXT NOT NULL,
    received_at TEXT NOT NULL
) STRICT;
CREATE INDEX call_records_by_age ON call_records (received_at);

-- Processes that dispatch.
CREATE TABLE nodes (
    name       TEXT NOT NULL PRIMARY KEY,
    version    TEXT NOT NULL,
    lanes      TEXT NOT NULL,
    started_at TEXT NOT NULL,
    beat_at    TEXT NOT NULL
) STRICT;
