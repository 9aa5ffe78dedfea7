-- Where a tenant's programs are told of what happens.
CREATE TABLE webhook_endpoints (
    id              TEXT NOT NULL PRIMARY KEY,
    tenant_id       TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    url             TEXT NOT NULL,
    description     TEXT NOT NULL,
    -- Separated by commas: `fax.*,number.added`.
    event_types     TEXT NOT NULL,
    is_active       BOOLEAN NOT NULL,
    -- `whsec_…`; while the secret is changed, also the one before, until then.
    secret          TEXT NOT NULL,
    former_secret   TEXT,
    former_until    TIMESTAMPTZ,
    -- The first and the last failure since the last success. NULL: the last try succeeded.
    failing_since   TIMESTAMPTZ,
    last_failure_at TIMESTAMPTZ,
    -- It asked to be left alone until then.
    not_before      TIMESTAMPTZ,
    -- Why and since when nothing is sent any more, where we decided so.
    disabled_at     TIMESTAMPTZ,
    disabled_reason TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant_id, created_at, id);

-- An event on its way to an endpoint, once each; kept as a log.
CREATE TABLE webhook_deliveries (
    id           TEXT NOT NULL PRIMARY KEY,
    tenant_id    TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    endpoint_id  TEXT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    -- The `webhook-id`.
    event_id     TEXT NOT NULL,
    event_type   TEXT NOT NULL,
    event_at     TIMESTAMPTZ NOT NULL,
    -- The event's number within its tenant: those due at once go in this order.
    event_seq    BIGINT NOT NULL,
    body         TEXT NOT NULL,
    -- `pending`, `sending`, `delivered`, `failed`.
    state        TEXT NOT NULL,
    -- Grows with every try that is begun, and numbers it.
    fence        INTEGER NOT NULL,
    -- Failures since it began, or was last begun anew.
    failures     INTEGER NOT NULL,
    due_at       TIMESTAMPTZ NOT NULL,
    leased_by    TEXT,
    lease_until  TIMESTAMPTZ,
    -- What the last answer was.
    last_status  INTEGER,
    created_at   TIMESTAMPTZ NOT NULL,
    ended_at     TIMESTAMPTZ,
    UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, event_seq) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (endpoint_id, lease_until) WHERE state = 'sending';
CREATE INDEX webhook_deliveries_by_tenant ON webhook_deliveries (tenant_id, endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);

-- The tries of a delivery.
CREATE TABLE webhook_attempts (
    delivery_id   TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number        INTEGER NOT NULL,
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    started_at    TIMESTAMPTZ NOT NULL,
    -- NULL: nobody knows how it ended.
    duration_ms   BIGINT,
    status        INTEGER,
    -- The beginning of what was answered.
    response_body TEXT,
    error         TEXT,
    PRIMARY KEY (delivery_id, number)
);
CREATE INDEX webhook_attempts_by_tenant ON webhook_attempts (tenant_id, delivery_id);

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['webhook_endpoints', 'webhook_deliveries', 'webhook_attempts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
END $$;
