CREATE TABLE client (
    id           BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    name         TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    method       TEXT NOT NULL CHECK (method IN ('client_secret', 'private_key_jwt', 'tls_client_auth')),
    disabled_at  BIGINT,
    made_by      BIGINT NOT NULL,
    seal         BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

CREATE TABLE client_key (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    client_id  BYTEA NOT NULL REFERENCES client (id),
    kind       TEXT NOT NULL CHECK (kind IN ('certificate_sha256', 'public_key', 'secret_hash')),
    material   BYTEA NOT NULL,
    revoked_at BIGINT,
    made_by    BIGINT NOT NULL,
    seal       BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE INDEX client_key_client ON client_key (client_id);

CREATE TABLE client_grant (
    id              BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    client_id       BYTEA NOT NULL REFERENCES client (id),
    target_kind     TEXT NOT NULL CHECK (target_kind IN ('agency', 'credential')),
    target_id       BYTEA NOT NULL CHECK (octet_length(target_id) = 16),
    allows_explicit BOOLEAN NOT NULL,
    allows_raw_hash BOOLEAN NOT NULL,
    revoked_at      BIGINT,
    made_by         BIGINT NOT NULL,
    seal            BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE INDEX client_grant_client ON client_grant (client_id);
