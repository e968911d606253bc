-- Access tokens that must not be honoured until they end by themselves.
CREATE TABLE revoked_token (
    jti        BLOB NOT NULL PRIMARY KEY CHECK (length(jti) = 16),
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE revoked_family (
    family_id  BLOB NOT NULL PRIMARY KEY CHECK (length(family_id) = 16),
    revoked_at INTEGER NOT NULL
) STRICT;

-- The refresh token in force of each family.
CREATE TABLE token_family (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_id  BLOB REFERENCES client (id),
    person_id  BLOB REFERENCES person (id),
    refresh    BLOB NOT NULL CHECK (length(refresh) = 32),
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    made_by    INTEGER NOT NULL,
    seal       BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

-- Insert-only: every refresh token ever given out, so that an old one is recognised.
CREATE TABLE refresh_token (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    family_id  BLOB NOT NULL REFERENCES token_family (id)
) STRICT;

-- `jti` of client assertions (RFC 7523 §3), each accepted once.
CREATE TABLE used_assertion (
    jti_hash   BLOB NOT NULL PRIMARY KEY CHECK (length(jti_hash) = 32),
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX used_assertion_expiry ON used_assertion (expires_at);
