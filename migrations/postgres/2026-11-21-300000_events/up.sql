-- The timeline becomes the tenant's event log: some events are of no fax, and `data` has what programs are told. NULL: they are told nothing.
ALTER TABLE fax_events ALTER COLUMN fax_id DROP NOT NULL;
ALTER TABLE fax_events ADD COLUMN data TEXT;

-- Followers that have no row begin behind this number: nobody is told what was before there were any.
ALTER TABLE tenants ADD COLUMN followers_begin BIGINT NOT NULL DEFAULT 0;
UPDATE tenants SET followers_begin = last_event_seq;

-- How far each reader of the log has come: the last number of which the effect is committed.
CREATE TABLE event_followers (
    tenant_id TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name      TEXT        NOT NULL,
    seq       BIGINT      NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- What lets a browser open one stream, where it can send no token. Only the SHA-256 is kept.
CREATE TABLE event_tickets (
    secret_sha256 TEXT    NOT NULL PRIMARY KEY,
    tenant_id     TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id       TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The token or the session that asked for it: the stream ends with it.
    token_id      TEXT,
    session_id    TEXT,
    expires_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX event_tickets_by_tenant ON event_tickets (tenant_id);
CREATE INDEX event_tickets_by_age ON event_tickets (expires_at);

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['event_followers', 'event_tickets'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
END $$;
