CREATE TABLE tenants (
    id                TEXT        NOT NULL PRIMARY KEY,
    slug              TEXT        NOT NULL UNIQUE,
    name              TEXT        NOT NULL,
    country           TEXT        NOT NULL,
    allowed_countries TEXT        NOT NULL,
    time_zone         TEXT        NOT NULL,
    last_event_seq    INTEGER     NOT NULL DEFAULT 0,
    created_at        TEXT        NOT NULL
) STRICT;

CREATE TABLE users (
    id            TEXT        NOT NULL PRIMARY KEY,
    username      TEXT        NOT NULL UNIQUE,
    password_hash TEXT        NOT NULL,
    disabled      INTEGER     NOT NULL DEFAULT 0,
    created_at    TEXT        NOT NULL
) STRICT;

CREATE TABLE memberships (
    user_id    TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id  TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    role       TEXT        NOT NULL,
    is_default INTEGER     NOT NULL DEFAULT 0,
    created_at TEXT        NOT NULL,
    PRIMARY KEY (user_id, tenant_id)
) STRICT;
CREATE INDEX memberships_by_tenant ON memberships (tenant_id);

CREATE TABLE api_tokens (
    id            TEXT        NOT NULL PRIMARY KEY,
    user_id       TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label         TEXT        NOT NULL,
    secret_sha256 TEXT        NOT NULL UNIQUE,
    created_at    TEXT        NOT NULL,
    expires_at    TEXT,
    revoked_at    TEXT
) STRICT;
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

CREATE TABLE dids (
    id         TEXT        NOT NULL PRIMARY KEY,
    tenant_id  TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    number     TEXT        NOT NULL UNIQUE,
    created_at TEXT        NOT NULL
) STRICT;
CREATE INDEX dids_by_tenant ON dids (tenant_id);

CREATE TABLE documents (
    id            TEXT        NOT NULL PRIMARY KEY,
    tenant_id     TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id       TEXT        NOT NULL REFERENCES users (id),
    filename      TEXT        NOT NULL,
    original_name TEXT        NOT NULL,
    size          INTEGER     NOT NULL,
    sha256        TEXT        NOT NULL,
    pages         INTEGER     NOT NULL,
    storage_key   TEXT        NOT NULL,
    created_at    TEXT        NOT NULL,
    UNIQUE (tenant_id, filename)
) STRICT;

-- Fax-ready pages, made once for each document and each way to make them.
CREATE TABLE renditions (
    id          TEXT        NOT NULL PRIMARY KEY,
    tenant_id   TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    cache_key   TEXT        NOT NULL,
    storage_key TEXT        NOT NULL,
    pages       INTEGER     NOT NULL,
    line_seconds INTEGER    NOT NULL,
    created_at  TEXT        NOT NULL,
    UNIQUE (tenant_id, cache_key)
) STRICT;

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
    simulated         INTEGER     NOT NULL DEFAULT 0,
    is_partial        INTEGER     NOT NULL DEFAULT 0,
    error             TEXT,
    remote_station_id TEXT,
    call_key          TEXT        UNIQUE,
    created_at        TEXT        NOT NULL,
    updated_at        TEXT        NOT NULL
) STRICT;
CREATE INDEX faxes_by_tenant ON faxes (tenant_id, created_at DESC, id DESC);

CREATE TABLE queue_items (
    id                TEXT        NOT NULL PRIMARY KEY,
    tenant_id         TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id            TEXT        NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    position          INTEGER     NOT NULL,
    recipient_raw     TEXT        NOT NULL,
    destination       TEXT        NOT NULL,
    state             TEXT        NOT NULL,
    simulated         INTEGER     NOT NULL DEFAULT 0,
    due_at            TEXT        NOT NULL,
    confirmed_pages   INTEGER     NOT NULL DEFAULT 0,
    attempts          INTEGER     NOT NULL DEFAULT 0,
    tries_line        INTEGER     NOT NULL DEFAULT 0,
    tries_negotiation INTEGER     NOT NULL DEFAULT 0,
    tries_not_fax     INTEGER     NOT NULL DEFAULT 0,
    tries_local       INTEGER     NOT NULL DEFAULT 0,
    cancel_requested  INTEGER     NOT NULL DEFAULT 0,
    fence             INTEGER     NOT NULL DEFAULT 0,
    leased_by         TEXT,
    lease_until       TEXT,
    error             TEXT,
    processed_at      TEXT,
    created_at        TEXT        NOT NULL,
    updated_at        TEXT        NOT NULL,
    UNIQUE (fax_id, position)
) STRICT;
CREATE INDEX queue_items_waiting ON queue_items (simulated, due_at) WHERE state = 'queued';
CREATE INDEX queue_items_leased ON queue_items (leased_by, lease_until) WHERE state IN ('claimed', 'active');
CREATE INDEX queue_items_by_tenant ON queue_items (tenant_id);

CREATE TABLE attempts (
    id                TEXT        NOT NULL PRIMARY KEY,
    tenant_id         TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id            TEXT        NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    item_id           TEXT        NOT NULL REFERENCES queue_items (id) ON DELETE CASCADE,
    number            INTEGER     NOT NULL,
    fence             INTEGER     NOT NULL,
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
    send_by           TEXT        NOT NULL,
    overdue_at        TEXT        NOT NULL,
    created_at        TEXT        NOT NULL,
    settled_at        TEXT,
    UNIQUE (item_id, number)
) STRICT;
CREATE INDEX attempts_by_tenant ON attempts (tenant_id);

-- The timeline. `seq` has no gaps within a tenant: a follower that has seen n misses nothing below it.
CREATE TABLE fax_events (
    tenant_id TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    seq       INTEGER     NOT NULL,
    fax_id    TEXT        NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    item_id   TEXT,
    attempt   INTEGER,
    kind      TEXT        NOT NULL,
    text      TEXT        NOT NULL,
    at        TEXT        NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT;
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
    created_at TEXT        NOT NULL,
    updated_at TEXT        NOT NULL
) STRICT;
CREATE INDEX receptions_by_state ON receptions (state, created_at);

-- Work that is not a call: rendering, taking in what was received. A finished job is deleted with its effect.
CREATE TABLE jobs (
    id          TEXT        NOT NULL PRIMARY KEY,
    kind        TEXT        NOT NULL,
    subject     TEXT        NOT NULL,
    state       TEXT        NOT NULL,
    due_at      TEXT        NOT NULL,
    tries       INTEGER     NOT NULL DEFAULT 0,
    leased_by   TEXT,
    lease_until TEXT,
    last_error  TEXT,
    created_at  TEXT        NOT NULL,
    UNIQUE (kind, subject)
) STRICT;
CREATE INDEX jobs_due ON jobs (due_at) WHERE state = 'waiting';

CREATE TABLE idempotency_keys (
    tenant_id   TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id     TEXT        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint    TEXT        NOT NULL,
    key         TEXT        NOT NULL,
    body_sha256 TEXT        NOT NULL,
    answer      TEXT        NOT NULL,
    created_at  TEXT        NOT NULL,
    PRIMARY KEY (tenant_id, user_id, endpoint, key)
) STRICT;
