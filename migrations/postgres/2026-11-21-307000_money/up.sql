-- What a tenant used, by day: also faxes and pages, and what it is charged. Of those sent, `…_on_net` never left the gateway.
ALTER TABLE usage_days ADD COLUMN faxes_sent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN faxes_failed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN faxes_received BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN pages_sent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN pages_received BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN faxes_on_net BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN pages_on_net BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_days ADD COLUMN price BIGINT NOT NULL DEFAULT 0;

-- A tenant's own prices, as JSON. No row: those of the settings.
CREATE TABLE price_lists (
    tenant_id  TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    list       TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- Prepaid balances, in millionths of the currency. `balance` is what is left of what was paid, `held` what of it is set aside for calls.
CREATE TABLE balances (
    tenant_id  TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    -- Whether new calls need money here. Calls that were begun meanwhile are settled here in any case.
    prepaid    BOOLEAN NOT NULL DEFAULT FALSE,
    balance    BIGINT NOT NULL DEFAULT 0,
    held       BIGINT NOT NULL DEFAULT 0,
    -- Below this the tenant is told, once.
    low_mark   BIGINT,
    -- What it was told since the last top-up: 0 nothing, 1 that it is low, 2 that it is used up.
    told       INTEGER NOT NULL DEFAULT 0,
    last_seq   BIGINT NOT NULL DEFAULT 0,
    updated_at TIMESTAMPTZ NOT NULL
);

-- Every change of a balance, for ever: entries are added and never changed. What they tell of may be gone.
CREATE TABLE balance_entries (
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- Without gaps within the tenant.
    seq           BIGINT NOT NULL,
    -- `top_up`, `withdrawal`, `hold`, `capture`, `release`, `correction`, `received`.
    kind          TEXT NOT NULL,
    -- What it changed, and what came of it.
    amount        BIGINT NOT NULL,
    held          BIGINT NOT NULL,
    balance_after BIGINT NOT NULL,
    held_after    BIGINT NOT NULL,
    fax_id        TEXT,
    attempt_id    TEXT,
    -- Who topped up calls it this: the same again changes nothing.
    reference     TEXT,
    note          TEXT,
    at            TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE UNIQUE INDEX balance_entries_by_reference ON balance_entries (tenant_id, reference) WHERE reference IS NOT NULL;

-- What a call is charged by: the prices when it was begun, and what came of them. No row: it is charged nothing.
CREATE TABLE charges (
    attempt_id  TEXT NOT NULL PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id      TEXT NOT NULL,
    item_id     TEXT NOT NULL,
    per_page    BIGINT NOT NULL,
    per_minute  BIGINT NOT NULL,
    per_attempt BIGINT NOT NULL,
    -- What was held when it was begun, which is the most that it can cost. NULL: it was not prepaid.
    most        BIGINT,
    -- What is held of that still, and what was charged.
    held        BIGINT NOT NULL DEFAULT 0,
    price       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX charges_held ON charges (tenant_id, fax_id) WHERE held > 0;

-- Recipients that wait for money, and how much.
CREATE TABLE balance_waits (
    item_id    TEXT NOT NULL PRIMARY KEY REFERENCES queue_items (id) ON DELETE CASCADE,
    tenant_id  TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    needs      BIGINT NOT NULL,
    since      TIMESTAMPTZ NOT NULL
);
CREATE INDEX balance_waits_by_tenant ON balance_waits (tenant_id, since, item_id);

-- Which limits a tenant was told of: once for each day or month, share of it (80, 100) and size of the limit.
CREATE TABLE limit_notices (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    period    TEXT NOT NULL,
    percent   INTEGER NOT NULL,
    most      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name, period, percent, most)
);

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['price_lists', 'balances', 'balance_entries', 'charges', 'balance_waits', 'limit_notices'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['price_lists', 'balances', 'charges', 'balance_waits', 'limit_notices'] LOOP
        EXECUTE format('GRANT UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
END $$;
-- Entries of a balance are never changed; they go with their tenant.
GRANT DELETE ON balance_entries TO faxgate_system;
