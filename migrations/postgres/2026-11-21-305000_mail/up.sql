-- What a tenant set about its mail, as JSON, and SHA-256 of the token that mail to fax has to bring.
CREATE TABLE mail_settings (
    tenant_id    TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    settings     TEXT NOT NULL,
    token_sha256 TEXT,
    updated_at   TIMESTAMPTZ NOT NULL
);

-- Who may send faxes by mail, in whose name, from which number (NULL: the tenant's default one).
CREATE TABLE mail_senders (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- `nurse@clinic.example`, or `@clinic.example` for everybody there; in lower case.
    pattern   TEXT NOT NULL,
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    number    TEXT,
    PRIMARY KEY (tenant_id, pattern)
);

-- Domains of senders that an operator has confirmed to be a tenant's: mail from there need not name the tenant. In lower case.
CREATE TABLE mail_domains (
    domain     TEXT NOT NULL PRIMARY KEY,
    tenant_id  TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX mail_domains_by_tenant ON mail_domains (tenant_id);

-- Who is told of a fax's result besides those that the tenant chose.
CREATE TABLE mail_wishes (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fax_id    TEXT NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    address   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, fax_id, address)
);

-- Messages to send. One stays when it is sent or given up, until it is old.
CREATE TABLE mail_outbox (
    id          TEXT    NOT NULL PRIMARY KEY,
    tenant_id   TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- What it tells of and whom: the same is told once.
    subject_key TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    recipient   TEXT    NOT NULL,
    fax_id      TEXT    REFERENCES faxes (id) ON DELETE SET NULL,
    -- The facts, as JSON; the message is made of them when it is sent.
    notice      TEXT    NOT NULL,
    -- `waiting`, `sending`, `sent`, `failed`.
    state       TEXT    NOT NULL,
    due_at      TIMESTAMPTZ    NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    leased_by   TEXT,
    lease_until TIMESTAMPTZ,
    -- What the mail server answered last, or what kept us from asking it.
    answer      TEXT,
    created_at  TIMESTAMPTZ    NOT NULL,
    ended_at    TIMESTAMPTZ,
    UNIQUE (tenant_id, subject_key)
);
CREATE INDEX mail_outbox_due ON mail_outbox (tenant_id, due_at, id) WHERE state IN ('waiting', 'sending');
CREATE INDEX mail_outbox_by_tenant ON mail_outbox (tenant_id, created_at, id);
CREATE INDEX mail_outbox_by_fax ON mail_outbox (fax_id);
CREATE INDEX mail_outbox_by_end ON mail_outbox (ended_at) WHERE ended_at IS NOT NULL;

-- Messages that came in to be faxed, from senders that the tenant knows.
CREATE TABLE mail_intake (
    id          TEXT    NOT NULL PRIMARY KEY,
    tenant_id   TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- Of the Message-ID, the content and the recipients: the same message is sent once.
    message_key TEXT    NOT NULL,
    message_id  TEXT,
    -- `maildir` or `smtp`.
    source      TEXT    NOT NULL,
    -- In whose name.
    user_id     TEXT    REFERENCES users (id) ON DELETE SET NULL,
    sender      TEXT    NOT NULL,
    recipients  TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    -- `taking`, `accepted`, `refused`.
    state       TEXT    NOT NULL,
    error       TEXT,
    created_at  TIMESTAMPTZ    NOT NULL,
    updated_at  TIMESTAMPTZ    NOT NULL,
    UNIQUE (tenant_id, message_key)
);
CREATE INDEX mail_intake_by_tenant ON mail_intake (tenant_id, created_at, id);
CREATE INDEX mail_intake_by_user ON mail_intake (user_id, created_at);

-- The faxes that a message became: written in the transaction that accepts the fax, so that each part is sent once.
CREATE TABLE mail_intake_faxes (
    tenant_id   TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    intake_id   TEXT    NOT NULL REFERENCES mail_intake (id) ON DELETE CASCADE,
    part        INTEGER NOT NULL,
    fax_id      TEXT    NOT NULL REFERENCES faxes (id) ON DELETE CASCADE,
    PRIMARY KEY (tenant_id, intake_id, part)
);
CREATE INDEX mail_intake_faxes_by_fax ON mail_intake_faxes (fax_id);

DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['mail_settings', 'mail_senders', 'mail_domains', 'mail_wishes', 'mail_outbox', 'mail_intake', 'mail_intake_faxes'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_rows ON %I TO faxgate_app USING (tenant_id = current_setting(''faxgate.tenant'', true))', t);
        EXECUTE format('CREATE POLICY every_row ON %I TO faxgate_system USING (true)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO faxgate_app, faxgate_system', t);
    END LOOP;
END $$;
