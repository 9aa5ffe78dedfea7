-- What was done, by whom: a chain of hashes for each tenant, and `gateway` for what belongs to none. Entries are only ever added.
-- The chain has no foreign key: whoever removes a tenant past the gateway does not remove with it what tells of that.
CREATE TABLE audit_entries (
    -- A tenant's id, or `gateway`.
    chain      TEXT    NOT NULL,
    -- From 1, without gaps.
    seq        INTEGER NOT NULL,
    at         TEXT    NOT NULL,
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
) STRICT;
CREATE INDEX audit_entries_by_object ON audit_entries (chain, object, seq);
CREATE TRIGGER audit_entries_stay_as_they_are BEFORE UPDATE ON audit_entries BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are not changed');
END;
-- Those of a tenant that was erased go behind it.
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
    WHEN OLD.chain = 'gateway' OR EXISTS (SELECT 1 FROM tenants WHERE tenants.id = OLD.chain) BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are not removed');
END;

-- Where each chain ends.
CREATE TABLE audit_heads (
    chain TEXT    NOT NULL PRIMARY KEY,
    seq   INTEGER NOT NULL,
    hash  TEXT    NOT NULL,
    -- HMAC of all of it under a key made from `server.secret`; NULL: there was none.
    seal  TEXT,
    at    TEXT    NOT NULL
) STRICT;

-- Things that are not removed, and why. What is NULL does not narrow it: a hold without fax, number and times is on all that the
-- tenant has.
CREATE TABLE legal_holds (
    id             TEXT    NOT NULL PRIMARY KEY,
    tenant_id      TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id         TEXT    REFERENCES faxes (id) ON DELETE CASCADE,
    number         TEXT,
    -- The time of the fax, from the first of them on and before the second.
    from_at        TEXT,
    until_at       TEXT,
    reason         TEXT    NOT NULL,
    placed_by      TEXT    NOT NULL,
    -- Only an operator lifts it.
    by_operator    INTEGER NOT NULL,
    placed_at      TEXT    NOT NULL,
    lifted_by      TEXT,
    lifted_at      TEXT
) STRICT;
CREATE INDEX legal_holds_by_tenant ON legal_holds (tenant_id, placed_at, id);

-- Since when a fax's pages, or a document's bytes, are no longer kept.
ALTER TABLE faxes ADD COLUMN removed_at TEXT;
ALTER TABLE documents ADD COLUMN removed_at TEXT;
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
    doomed_at   TEXT NOT NULL
) STRICT;

-- Tenants that are to be erased, or were: it outlives them.
CREATE TABLE tenant_erasures (
    tenant    TEXT NOT NULL PRIMARY KEY,
    slug      TEXT NOT NULL,
    -- `waiting`, `rows`, `files`, `done`.
    state     TEXT NOT NULL,
    asked_by  TEXT NOT NULL,
    asked_at  TEXT NOT NULL,
    due_at    TEXT NOT NULL,
    erased_at TEXT,
    -- How much of what was removed, as JSON.
    counts    TEXT NOT NULL DEFAULT '{}'
) STRICT;
