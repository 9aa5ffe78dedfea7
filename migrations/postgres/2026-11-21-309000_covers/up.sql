-- What stands on a tenant's covers, and how.
CREATE TABLE cover_templates (
    id         TEXT        NOT NULL PRIMARY KEY,
    tenant_id  TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name       TEXT        NOT NULL,
    is_default BOOLEAN     NOT NULL DEFAULT FALSE,
    -- Heading, address, labels, small print and paper, as JSON.
    design     TEXT        NOT NULL,
    -- Where its logo is; NULL: it has none.
    logo_key   TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (tenant_id, name)
);
CREATE UNIQUE INDEX cover_templates_default ON cover_templates (tenant_id) WHERE is_default;

-- What a fax's cover says, as JSON; faxes that have none have no row.
CREATE TABLE fax_covers (
    fax_id    TEXT NOT NULL PRIMARY KEY REFERENCES faxes (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    cover     TEXT NOT NULL
);
CREATE INDEX fax_covers_by_tenant ON fax_covers (tenant_id);

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['cover_templates', 'fax_covers'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
END $$;
