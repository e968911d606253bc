-- Access tokens that must not be honoured until they end by themselves.
CREATE TABLE revoked_token (
    jti        BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(jti) = 16),
    expires_at BIGINT NOT NULL
);

CREATE TABLE revoked_family (
    family_id  BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(family_id) = 16),
    revoked_at BIGINT NOT NULL
);

-- The refresh token in force of each family.
CREATE TABLE token_family (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    client_id  BYTEA REFERENCES client (id),
    person_id  BYTEA REFERENCES person (id),
    refresh    BYTEA NOT NULL CHECK (octet_length(refresh) = 32),
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    made_by    BIGINT NOT NULL,
    seal       BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

-- Insert-only: every refresh token ever given out, so that an old one is recognised.
CREATE TABLE refresh_token (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    family_id  BYTEA NOT NULL REFERENCES token_family (id)
);

-- `jti` of client assertions (RFC 7523 §3), each accepted once.
CREATE TABLE used_assertion (
    jti_hash   BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(jti_hash) = 32),
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertion_expiry ON used_assertion (expires_at);
