-- People: keys with scopes, sessions, throttled logins, second factors.
ALTER TABLE users ADD COLUMN last_login_at TEXT;

-- What the key may be used for, as words with spaces between; NULL: all that its user's role allows.
ALTER TABLE api_tokens ADD COLUMN scopes TEXT;
-- The only tenant that it is good for; NULL: every one of its user's.
ALTER TABLE api_tokens ADD COLUMN tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE;
-- Its last four characters, to know it by. NULL: it is older than this column.
ALTER TABLE api_tokens ADD COLUMN last_four TEXT;
-- To the minute.
ALTER TABLE api_tokens ADD COLUMN last_used_at TEXT;
-- The key that took its place.
ALTER TABLE api_tokens ADD COLUMN replaced_by TEXT;
-- Whether a login made it (POST /api/auth/token/), and nobody who manages their keys.
ALTER TABLE api_tokens ADD COLUMN from_login INTEGER NOT NULL DEFAULT 0;
UPDATE api_tokens SET from_login = 1 WHERE label = 'sign in';
CREATE INDEX api_tokens_by_tenant ON api_tokens (tenant_id);

-- What a login opened. A JWT names its session, and is good only while that is.
CREATE TABLE sessions (
    id           TEXT NOT NULL PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    revoked_at   TEXT,
    -- To the minute.
    last_used_at TEXT,
    -- Where it was opened from, and by which program, as that told.
    address      TEXT,
    agent        TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Tries to log in that failed, by account and the network they came from, and by account alone (network empty).
CREATE TABLE login_tries (
    -- SHA-256 of the name that was tried: there need not be such a user.
    account  TEXT NOT NULL,
    network  TEXT NOT NULL,
    failures INTEGER NOT NULL,
    last_at  TEXT NOT NULL,
    PRIMARY KEY (account, network)
) STRICT;
CREATE INDEX login_tries_by_age ON login_tries (last_at);

-- Networks that a user logged in from: what strangers do elsewhere does not slow them down there.
CREATE TABLE login_networks (
    account TEXT NOT NULL,
    network TEXT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (account, network)
) STRICT;
CREATE INDEX login_networks_by_age ON login_networks (last_at);

-- Second factors (RFC 6238).
CREATE TABLE totp_secrets (
    user_id      TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Encrypted with a key made of the gateway's secret.
    sealed       TEXT NOT NULL,
    -- NULL: enrolled, and not yet asked for.
    confirmed_at TEXT,
    -- The last time step that a code was taken of: none of it or before is taken again.
    last_step    INTEGER NOT NULL DEFAULT 0,
    created_at   TEXT NOT NULL
) STRICT;
CREATE TABLE recovery_codes (
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_sha256 TEXT NOT NULL,
    PRIMARY KEY (user_id, code_sha256)
) STRICT;
