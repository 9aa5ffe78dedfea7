-- What was done, by whom: a chain of hashes for each tenant, and `gateway` for what belongs to none. Entries are only ever added.
-- The chain has no foreign key: whoever removes a tenant past the gateway does not remove with it what tells of that.
CREATE TABLE audit_entries (
    -- A tenant's id, or `gateway`.
    chain      TEXT    NOT NULL,
    -- From 1, without gaps.
    seq        BIGINT  NOT NULL,
    at         TIMESTAMPTZ NOT NULL,
    -- `user`, `console` or `system`.
    actor      TEXT    NOT NULL,
    actor_id   TEXT,
    actor_name TEXT,
    token_id   TEXT,
    -- From where, if it came over the network.
    address    TEXT,
    -- `number.added`, `fax.document.read`, …
    action     TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    -- JSON, exactly as it was hashed.
    details    TEXT    NOT NULL,
    -- SHA-256 of the hash before it and the entry, lower-case hex.
    hash       TEXT    NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_entries_by_object ON audit_entries (chain, object, seq);

-- Where each chain ends.
CREATE TABLE audit_heads (
    chain TEXT    NOT NULL PRIMARY KEY,
    seq   BIGINT  NOT NULL,
    hash  TEXT    NOT NULL,
    -- HMAC of all of it under a key made from `server.secret`; NULL: there was none.
    seal  TEXT,
    at    TIMESTAMPTZ NOT NULL
);

-- Things that are not removed, and why. What is NULL does not narrow it: a hold without fax, number and times is on all that the
-- tenant has.
CREATE TABLE legal_holds (
    id             TEXT    NOT NULL PRIMARY KEY,
    tenant_id      TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id         TEXT    REFERENCES faxes (id) ON DELETE CASCADE,
    number         TEXT,
    -- The time of the fax, from the first of them on and before the second.
    from_at        TIMESTAMPTZ,
    until_at       TIMESTAMPTZ,
    reason         TEXT    NOT NULL,
    placed_by      TEXT    NOT NULL,
    -- Only an operator lifts it.
    by_operator    BOOLEAN NOT NULL,
    placed_at      TIMESTAMPTZ NOT NULL,
    lifted_by      TEXT,
    lifted_at      TIMESTAMPTZ
);
CREATE INDEX legal_holds_by_tenant ON legal_holds (tenant_id, placed_at, id);

-- Since when a fax's pages, or a document's bytes, are no longer kept.
ALTER TABLE faxes ADD COLUMN removed_at TIMESTAMPTZ;
ALTER TABLE documents ADD COLUMN removed_at TIMESTAMPTZ;
CREATE INDEX faxes_kept ON faxes (tenant_id, updated_at, id) WHERE removed_at IS NULL;
CREATE INDEX faxes_by_pages ON faxes (tenant_id, pages_key);
CREATE INDEX faxes_by_document ON faxes (document_id);
CREATE INDEX documents_kept ON documents (tenant_id, created_at, id) WHERE removed_at IS NULL;
CREATE INDEX receptions_by_fax ON receptions (fax_id);
-- How long the tenant's things are kept, as JSON; what is absent is as the gateway has it.
ALTER TABLE tenants ADD COLUMN retention TEXT NOT NULL DEFAULT '{}';

-- Files that nothing names any more: they are removed from the store, and then from here.
CREATE TABLE doomed_files (
    storage_key TEXT NOT NULL PRIMARY KEY,
    doomed_at   TIMESTAMPTZ NOT NULL
);

-- Tenants that are to be erased, or were: it outlives them.
CREATE TABLE tenant_erasures (
    tenant    TEXT NOT NULL PRIMARY KEY,
    slug      TEXT NOT NULL,
    -- `waiting`, `rows`, `files`, `done`.
    state     TEXT NOT NULL,
    asked_by  TEXT NOT NULL,
    asked_at  TIMESTAMPTZ NOT NULL,
    due_at    TIMESTAMPTZ NOT NULL,
    erased_at TIMESTAMPTZ,
    -- How much of what was removed, as JSON.
    counts    TEXT NOT NULL DEFAULT '{}'
);

-- Entries are added and read, and changed by nobody. Those of a tenant that was erased go behind it.
DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['audit_entries', 'audit_heads', 'legal_holds', 'doomed_files', 'tenant_erasures'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['audit_heads', 'legal_holds', 'doomed_files', 'tenant_erasures'] LOOP
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_system', t);
    END LOOP;
END $$;
CREATE POLICY look ON audit_entries FOR SELECT TO faxgate_app USING (chain = current_setting('faxgate.tenant', true));
CREATE POLICY add ON audit_entries FOR INSERT TO faxgate_app WITH CHECK (chain = current_setting('faxgate.tenant', true));
GRANT SELECT, INSERT ON audit_entries TO faxgate_app;
CREATE POLICY look_at_every ON audit_entries FOR SELECT TO faxgate_system USING (true);
CREATE POLICY add_any ON audit_entries FOR INSERT TO faxgate_system WITH CHECK (true);
CREATE POLICY erase ON audit_entries FOR DELETE TO faxgate_system
    USING (chain <> 'gateway' AND NOT EXISTS (SELECT FROM tenants WHERE tenants.id = audit_entries.chain));
GRANT SELECT, INSERT, DELETE ON audit_entries TO faxgate_system;

CREATE POLICY look ON audit_heads FOR SELECT TO faxgate_app USING (chain = current_setting('faxgate.tenant', true));
CREATE POLICY add ON audit_heads FOR INSERT TO faxgate_app WITH CHECK (chain = current_setting('faxgate.tenant', true));
CREATE POLICY move ON audit_heads FOR UPDATE TO faxgate_app USING (chain = current_setting('faxgate.tenant', true));
GRANT SELECT, INSERT, UPDATE ON audit_heads TO faxgate_app;

CREATE POLICY own_rows ON legal_holds TO faxgate_app USING (tenant_id = current_setting('faxgate.tenant', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON legal_holds TO faxgate_app;
