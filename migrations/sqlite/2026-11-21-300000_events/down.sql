DROP TABLE event_tickets;
DROP TABLE event_followers;
ALTER TABLE tenants DROP COLUMN followers_begin;
CREATE TABLE fax_events_old (
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
INSERT INTO fax_events_old SELECT tenant_id, seq, fax_id, item_id, attempt, kind, text, at FROM fax_events
    WHERE fax_id IS NOT NULL AND text <> '' ORDER BY tenant_id, seq;
DROP TABLE fax_events;
ALTER TABLE fax_events_old RENAME TO fax_events;
CREATE INDEX fax_events_by_fax ON fax_events (fax_id, seq);
