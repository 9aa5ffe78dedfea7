-- What stands on a tenant's covers, and how.
CREATE TABLE cover_templates (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant_id  TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    -- Heading, address, labels, small print and paper, as JSON.
    design     TEXT    NOT NULL,
    -- Where its logo is; NULL: it has none.
    logo_key   TEXT,
    created_at TEXT    NOT NULL,
    updated_at TEXT    NOT NULL,
    UNIQUE (tenant_id, name)
) STRICT;
CREATE UNIQUE INDEX cover_templates_default ON cover_templates (tenant_id) WHERE is_default;

-- What a fax's cover says, as JSON; faxes that have none have no row.
CREATE TABLE fax_covers (
    fax_id    TEXT NOT NULL PRIMARY KEY REFERENCES faxes (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    cover     TEXT NOT NULL
) STRICT;
CREATE INDEX fax_covers_by_tenant ON fax_covers (tenant_id);
