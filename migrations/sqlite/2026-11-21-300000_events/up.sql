-- The timeline becomes the tenant's event log: some events are of no fax, and `data` has what programs are told. NULL: they are told nothing.
CREATE TABLE fax_events_new (
    tenant_id TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    seq       INTEGER     NOT NULL,
    fax_id    TEXT        REFERENCES faxes (id) ON DELETE CASCADE,
    item_id   TEXT,
    attempt   INTEGER,
    kind      TEXT        NOT NULL,
    text      TEXT        NOT NULL,
    data      TEXT,
    at        TEXT        NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT;
INSERT INTO fax_events_new (tenant_id, seq, fax_id, item_id, attempt, kind, text, at)
    SELECT tenant_id, seq, fax_id, item_id, attempt, kind, text, at FROM fax_events ORDER BY tenant_id, seq;
DROP TABLE fax_events;
ALTER TABLE fax_events_new RENAME TO fax_events;
CREATE INDEX fax_events_by_fax ON fax_events (fax_id, seq);

-- Followers that have no row begin behind this number: nobody is told what was before there were any.
ALTER TABLE tenants ADD COLUMN followers_begin INTEGER NOT NULL DEFAULT 0;
UPDATE tenants SET followers_begin = last_event_seq;

-- How far each reader of the log has come: the last number of which the effect is committed.
CREATE TABLE event_followers (
    tenant_id TEXT        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name      TEXT        NOT NULL,
    seq       INTEGER     NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;

-- What lets a browser open one stream, where it can send no token. Only the SHA-256 is kept.
CREATE TABLE event_tickets (
    secret_sha256 TEXT    NOT NULL PRIMARY KEY,
    tenant_id     TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id       TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The token or the session that asked for it: the stream ends with it.
    token_id      TEXT,
    session_id    TEXT,
    expires_at    TEXT    NOT NULL
) STRICT;
CREATE INDEX event_tickets_by_tenant ON event_tickets (tenant_id);
CREATE INDEX event_tickets_by_age ON event_tickets (expires_at);
