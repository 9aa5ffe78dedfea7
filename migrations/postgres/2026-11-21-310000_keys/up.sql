-- Keys that the keys of tenants' files are wrapped by; each is wrapped itself, by a master key that is not in the database.
CREATE TABLE tenant_keys (
    id         TEXT NOT NULL PRIMARY KEY,
    -- NULL: the gateway's own, for files that are no tenant's yet.
    tenant_id  TEXT REFERENCES tenants (id) ON DELETE CASCADE,
    -- Hex: a nonce, and the encrypted key.
    wrapped    TEXT NOT NULL,
    -- The name of the master key that opens it, which tells nothing of the key.
    master     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- New files take another key since then, and this one goes when no file needs it.
    retired_at TIMESTAMPTZ
);
CREATE INDEX tenant_keys_by_tenant ON tenant_keys (tenant_id, created_at);
CREATE UNIQUE INDEX tenant_keys_current ON tenant_keys (COALESCE(tenant_id, '')) WHERE retired_at IS NULL;

-- The key of each file. It goes with the file, which nobody can read then, wherever a copy of it is.
CREATE TABLE file_keys (
    storage_key   TEXT    NOT NULL PRIMARY KEY,
    -- As it stands at the beginning of the file.
    id            TEXT    NOT NULL,
    tenant_id     TEXT    REFERENCES tenants (id) ON DELETE CASCADE,
    tenant_key_id TEXT    NOT NULL REFERENCES tenant_keys (id),
    wrapped       TEXT    NOT NULL,
    -- The file was stored in clear, and is just being encrypted.
    may_be_clear  BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX file_keys_by_tenant ON file_keys (tenant_id, storage_key);
CREATE INDEX file_keys_by_tenant_key ON file_keys (tenant_key_id, storage_key);

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['tenant_keys', 'file_keys'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
END $$;
