-- Two roles that own nothing: every transaction takes one of them, so that row-level security binds the gateway
-- even when it connects as the owner. Roles belong to the cluster, not to the database: another database may have made them.
DO $$ DECLARE
    -- Since version 16 whoever makes a role is a member of it, but may not take it.
    usable TEXT := CASE WHEN current_setting('server_version_num')::INTEGER >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'faxgate_app') THEN
        CREATE ROLE faxgate_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'faxgate_system') THEN
        CREATE ROLE faxgate_system NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT pg_has_role(current_user, 'faxgate_app', usable) THEN
        EXECUTE format('GRANT faxgate_app TO %I', current_user);
    END IF;
    IF NOT pg_has_role(current_user, 'faxgate_system', usable) THEN
        EXECUTE format('GRANT faxgate_system TO %I', current_user);
    END IF;
END $$;

CREATE TABLE tenants (
    id                TEXT        NOT NULL PRIMARY KEY,
    slug              TEXT        NOT NULL UNIQUE,
    name              TEXT        NOT NULL,
    country           TEXT        NOT NULL,
    allowed_countries TEXT        NOT NULL,
    time_zone         TEXT        NOT NULL,
    last_event_seq    BIGINT      NOT NULL DEFAULT 0,
    created_at        TIMESTAMPTZ NOT NULL
);

CREATE TABLE users (
    id            TEXT        NOT NULL PRIMARY KEY,
    username      TEXT        NOT NULL UNIQUE,
    password_hash TEXT        NOT NULL,
    disabled      BOOLEAN     NOT NULL DEFAULT FALSE,
    created_at    TIMESTAMPTZ NOT NULL
);

CREATE TABLE memberships (
    user_id    TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id  TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    role       TEXT        NOT NULL,
    is_default BOOLEAN     NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, tenant_id)
);
CREATE INDEX memberships_by_tenant ON memberships (tenant_id);

CREATE TABLE api_tokens (
    id            TEXT        NOT NULL PRIMARY KEY,
    user_id       TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label         TEXT        NOT NULL,
    secret_sha256 TEXT        NOT NULL UNIQUE,
    created_at    TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ,
    revoked_at    TIMESTAMPTZ
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

CREATE TABLE dids (
    id         TEXT        NOT NULL PRIMARY KEY,
    tenant_id  TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    number     TEXT        NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX dids_by_tenant ON dids (tenant_id);

CREATE TABLE documents (
    id            TEXT        NOT NULL PRIMARY KEY,
    tenant_id     TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id       TEXT        NOT NULL REFERENCES users (id),
    filename      TEXT        NOT NULL,
    original_name TEXT        NOT NULL,
    size          BIGINT      NOT NULL,
    sha256        TEXT        NOT NULL,
    pages         INTEGER     NOT NULL,
    storage_key   TEXT        NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    UNIQUE (tenant_id, filename)
);

-- Fax-ready pages, made once for each document and each way to make them.
CREATE TABLE renditions (
    id          TEXT        NOT NULL PRIMARY KEY,
    tenant_id   TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    cache_key   TEXT        NOT NULL,
    storage_key TEXT        NOT NULL,
    pages       INTEGER     NOT NULL,
    line_seconds INTEGER    NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (tenant_id, cache_key)
);

CREATE TABLE faxes (
    id                TEXT        NOT NULL PRIMARY KEY,
    tenant_id         TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id           TEXT        REFERENCES users (id),
    direction         TEXT        NOT NULL,
    status            TEXT        NOT NULL,
    sender_number     TEXT        NOT NULL,
    sender_e164       TEXT,
    recipient_number  TEXT        NOT NULL,
    document_id       TEXT        REFERENCES documents (id),
    resolution        TEXT        NOT NULL,
    pages             INTEGER     NOT NULL,
    duration          INTEGER     NOT NULL DEFAULT 0,
    pages_key         TEXT,
    line_seconds      INTEGER     NOT NULL DEFAULT 0,
    simulated         BOOLEAN     NOT NULL DEFAULT FALSE,
    is_partial        BOOLEAN     NOT NULL DEFAULT FALSE,
    error             TEXT,
    remote_station_id TEXT,
    call_key          TEXT        UNIQUE,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX faxes_by_tenant ON faxes (tenant_id, created_at DESC, id DESC);

CREATE TABLE queue_items (
    id                TEXT        NOT NULL PRIMARY KEY,
    tenant_id         TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id            TEXT        NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    position          INTEGER     NOT NULL,
    recipient_raw     TEXT        NOT NULL,
    destination       TEXT        NOT NULL,
    state             TEXT        NOT NULL,
    simulated         BOOLEAN     NOT NULL DEFAULT FALSE,
    due_at            TIMESTAMPTZ NOT NULL,
    confirmed_pages   INTEGER     NOT NULL DEFAULT 0,
    attempts          INTEGER     NOT NULL DEFAULT 0,
    tries_line        INTEGER     NOT NULL DEFAULT 0,
    tries_negotiation INTEGER     NOT NULL DEFAULT 0,
    tries_not_fax     INTEGER     NOT NULL DEFAULT 0,
    tries_local       INTEGER     NOT NULL DEFAULT 0,
    cancel_requested  BOOLEAN     NOT NULL DEFAULT FALSE,
    fence             BIGINT      NOT NULL DEFAULT 0,
    leased_by         TEXT,
    lease_until       TIMESTAMPTZ,
    error             TEXT,
    processed_at      TIMESTAMPTZ,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL,
    UNIQUE (fax_id, position)
);
CREATE INDEX queue_items_waiting ON queue_items (simulated, due_at) WHERE state = 'queued';
CREATE INDEX queue_items_leased ON queue_items (leased_by, lease_until) WHERE state IN ('claimed', 'active');
CREATE INDEX queue_items_by_tenant ON queue_items (tenant_id);

CREATE TABLE attempts (
    id                TEXT        NOT NULL PRIMARY KEY,
    tenant_id         TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id            TEXT        NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    item_id           TEXT        NOT NULL REFERENCES queue_items (id) ON DELETE CASCADE,
    number            INTEGER     NOT NULL,
    fence             BIGINT      NOT NULL,
    call_uuid         TEXT        NOT NULL UNIQUE,
    lane              TEXT        NOT NULL,
    core_uuid         TEXT        NOT NULL,
    start_page        INTEGER     NOT NULL,
    total_pages       INTEGER     NOT NULL,
    phase             TEXT        NOT NULL,
    transferred       INTEGER     NOT NULL DEFAULT 0,
    outcome           TEXT,
    class             TEXT,
    cause             TEXT,
    code              INTEGER,
    duration          INTEGER     NOT NULL DEFAULT 0,
    remote_station_id TEXT,
    send_by           TIMESTAMPTZ NOT NULL,
    overdue_at        TIMESTAMPTZ NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    settled_at        TIMESTAMPTZ,
    UNIQUE (item_id, number)
);
CREATE INDEX attempts_by_tenant ON attempts (tenant_id);

-- The timeline. `seq` has no gaps within a tenant: a follower that has seen n misses nothing below it.
CREATE TABLE fax_events (
    tenant_id TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    seq       BIGINT      NOT NULL,
    fax_id    TEXT        NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    item_id   TEXT,
    attempt   INTEGER,
    kind      TEXT        NOT NULL,
    text      TEXT        NOT NULL,
    at        TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX fax_events_by_fax ON fax_events (fax_id, seq);

-- What came in, before anybody knows whose it is. Never deleted by the gateway.
CREATE TABLE receptions (
    id         TEXT        NOT NULL PRIMARY KEY,
    call_key   TEXT        NOT NULL UNIQUE,
    source     TEXT        NOT NULL,
    to_number  TEXT        NOT NULL,
    notice     TEXT        NOT NULL,
    file_key   TEXT,
    state      TEXT        NOT NULL,
    tenant_id  TEXT        REFERENCES tenants (id) ON DELETE SET NULL,
    fax_id     TEXT,
    error      TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX receptions_by_state ON receptions (state, created_at);

-- Work that is not a call: rendering, taking in what was received. A finished job is deleted with its effect.
CREATE TABLE jobs (
    id          TEXT        NOT NULL PRIMARY KEY,
    kind        TEXT        NOT NULL,
    subject     TEXT        NOT NULL,
    state       TEXT        NOT NULL,
    due_at      TIMESTAMPTZ NOT NULL,
    tries       INTEGER     NOT NULL DEFAULT 0,
    leased_by   TEXT,
    lease_until TIMESTAMPTZ,
    last_error  TEXT,
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (kind, subject)
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE state = 'waiting';

CREATE TABLE idempotency_keys (
    tenant_id   TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id     TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint    TEXT        NOT NULL,
    key         TEXT        NOT NULL,
    body_sha256 TEXT        NOT NULL,
    answer      TEXT        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, user_id, endpoint, key)
);

-- Row-level security: the second wall. A tenant's transaction sees its own rows; without the setting, none.
DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['memberships', 'dids', 'documents', 'renditions', 'faxes', 'queue_items', 'attempts', 'fax_events', 'idempotency_keys'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['users', 'api_tokens', 'receptions', 'jobs'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_system', t);
    END LOOP;
END $$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_row ON tenants TO faxgate_app USING (id = current_setting('faxgate.tenant', true));
CREATE POLICY every_row ON tenants TO faxgate_system USING (true);
GRANT SELECT, UPDATE ON tenants TO faxgate_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants TO faxgate_system;
-- A tenant's change can leave work behind, which it may add but not look at.
GRANT INSERT ON jobs TO faxgate_app;
CREATE POLICY add_work ON jobs FOR INSERT TO faxgate_app WITH CHECK (true);
