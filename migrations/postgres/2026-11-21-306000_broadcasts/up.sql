-- The address book: one entry a number and tenant.
CREATE TABLE contacts (
    id         TEXT NOT NULL PRIMARY KEY,
    tenant_id  TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- E.164, and as it was typed.
    number     TEXT NOT NULL,
    number_raw TEXT NOT NULL,
    name       TEXT NOT NULL,
    company    TEXT NOT NULL,
    email      TEXT NOT NULL,
    language   TEXT NOT NULL,
    -- The tenant's own fields: a JSON object of texts.
    fields     TEXT NOT NULL,
    -- Words between commas, in lower case: `,board,press,`.
    tags       TEXT NOT NULL,
    -- What is looked through, in lower case; it begins with the name, so that it sorts.
    search     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (tenant_id, number)
);
CREATE INDEX contacts_by_name ON contacts (tenant_id, search, id);

CREATE TABLE contact_lists (
    id          TEXT NOT NULL PRIMARY KEY,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (tenant_id, name)
);

CREATE TABLE contact_list_members (
    tenant_id  TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    list_id    TEXT NOT NULL REFERENCES contact_lists (id) ON DELETE CASCADE,
    contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    added_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (list_id, contact_id)
);
CREATE INDEX contact_list_members_by_tenant ON contact_list_members (tenant_id, list_id);
CREATE INDEX contact_list_members_by_contact ON contact_list_members (contact_id);

-- One document to many recipients, a fax each.
CREATE TABLE broadcasts (
    id            TEXT NOT NULL PRIMARY KEY,
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id       TEXT REFERENCES users (id) ON DELETE SET NULL,
    name          TEXT NOT NULL,
    -- `draft`, `scheduled`, `running`, `paused`, `completed`, `canceled`, `failed`.
    state         TEXT NOT NULL,
    document_id   TEXT REFERENCES documents (id) ON DELETE SET NULL,
    sender_number TEXT NOT NULL,
    sender_e164   TEXT NOT NULL,
    resolution    TEXT NOT NULL,
    -- What all covers have in common: a JSON object, or NULL for no cover.
    cover         TEXT,
    simulated     BOOLEAN NOT NULL,
    send_at       TIMESTAMPTZ,
    -- The broadcast whose failed recipients it has.
    retry_of      TEXT REFERENCES broadcasts (id) ON DELETE SET NULL,
    error         TEXT,
    -- Recipients by state, kept by the job that makes the faxes: nobody counts them to look.
    total         BIGINT NOT NULL DEFAULT 0,
    waiting       BIGINT NOT NULL DEFAULT 0,
    queued        BIGINT NOT NULL DEFAULT 0,
    sending       BIGINT NOT NULL DEFAULT 0,
    sent          BIGINT NOT NULL DEFAULT 0,
    failed        BIGINT NOT NULL DEFAULT 0,
    skipped       BIGINT NOT NULL DEFAULT 0,
    canceled      BIGINT NOT NULL DEFAULT 0,
    unknown       BIGINT NOT NULL DEFAULT 0,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    started_at    TIMESTAMPTZ,
    finished_at   TIMESTAMPTZ
);
CREATE INDEX broadcasts_by_tenant ON broadcasts (tenant_id, created_at, id);
CREATE INDEX broadcasts_by_user ON broadcasts (user_id);
CREATE INDEX broadcasts_by_document ON broadcasts (document_id);
CREATE INDEX broadcasts_by_origin ON broadcasts (retry_of);

CREATE TABLE broadcast_recipients (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    broadcast_id TEXT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
    position     BIGINT NOT NULL,
    number       TEXT NOT NULL,
    number_raw   TEXT NOT NULL,
    name         TEXT NOT NULL,
    -- The contact it came from, which may be gone.
    contact_id   TEXT,
    -- What its own cover says besides what all say: a JSON object.
    cover        TEXT NOT NULL,
    -- `waiting`, `queued`, `sending`, `sent`, `failed`, `skipped`, `canceled`, `unknown`.
    state        TEXT NOT NULL,
    reason       TEXT,
    -- Its fax, once that is made, in the same transaction.
    fax_id       TEXT REFERENCES faxes (id) ON DELETE SET NULL,
    attempts     BIGINT NOT NULL DEFAULT 0,
    pages_sent   BIGINT NOT NULL DEFAULT 0,
    finished_at  TIMESTAMPTZ,
    PRIMARY KEY (broadcast_id, position),
    UNIQUE (broadcast_id, number)
);
CREATE INDEX broadcast_recipients_by_tenant ON broadcast_recipients (tenant_id, broadcast_id);
CREATE INDEX broadcast_recipients_by_state ON broadcast_recipients (broadcast_id, state, position);
CREATE UNIQUE INDEX broadcast_recipients_by_fax ON broadcast_recipients (fax_id) WHERE fax_id IS NOT NULL;

-- No reference: a fax may be kept longer than its broadcast, and goes without asking it.
ALTER TABLE faxes ADD COLUMN broadcast_id TEXT;
ALTER TABLE queue_items ADD COLUMN broadcast_id TEXT;
-- Set aside by a person, with its whole broadcast: no claim sees it, whatever its state becomes meanwhile.
ALTER TABLE queue_items ADD COLUMN paused BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX queue_items_of_broadcast ON queue_items (broadcast_id, id)
    WHERE broadcast_id IS NOT NULL AND state IN ('preparing', 'queued', 'claimed', 'active', 'held');
DROP INDEX queue_items_ready;
CREATE INDEX queue_items_ready ON queue_items (tenant_id, simulated, priority, due_at, id) WHERE state = 'queued' AND NOT parked AND NOT paused;
DROP INDEX queue_items_on_net;
CREATE INDEX queue_items_on_net ON queue_items (priority, due_at, id) WHERE state = 'queued' AND NOT paused AND substr(route, 1, 8) = ',on-net,';

-- Faxes of broadcasts whose recipient became something else: left in the transaction of the change, whoever makes it, and taken
-- in by the broadcast's job, which alone writes the counts. So nobody who settles a call waits for another.
CREATE TABLE broadcast_notes (
    id           BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    tenant_id    TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    broadcast_id TEXT NOT NULL,
    fax_id       TEXT NOT NULL
);
CREATE INDEX broadcast_notes_in_order ON broadcast_notes (broadcast_id, id);
CREATE INDEX broadcast_notes_by_tenant ON broadcast_notes (tenant_id);
CREATE FUNCTION tell_broadcast() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO broadcast_notes (tenant_id, broadcast_id, fax_id) VALUES (NEW.tenant_id, NEW.broadcast_id, NEW.fax_id);
    RETURN NULL;
END $$;
CREATE TRIGGER queue_items_tell_broadcast AFTER UPDATE OF state ON queue_items FOR EACH ROW
    WHEN (NEW.broadcast_id IS NOT NULL AND OLD.state <> NEW.state) EXECUTE FUNCTION tell_broadcast();

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['contacts', 'contact_lists', 'contact_list_members', 'broadcasts', 'broadcast_recipients', 'broadcast_notes'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
END $$;

-- Whoever schedules, resumes or cancels a broadcast brings its job forward. Of no other job does a tenant see or change anything.
GRANT SELECT (kind, subject, state), UPDATE (state, tries, due_at) ON jobs TO faxgate_app;
CREATE POLICY see_own_broadcasts ON jobs FOR SELECT TO faxgate_app
    USING (kind = 'broadcast' AND split_part(subject, '/', 1) = current_setting('faxgate.tenant', true));
CREATE POLICY bring_own_broadcasts_forward ON jobs FOR UPDATE TO faxgate_app
    USING (kind = 'broadcast' AND split_part(subject, '/', 1) = current_setting('faxgate.tenant', true));
