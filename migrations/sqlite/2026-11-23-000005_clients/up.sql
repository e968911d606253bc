CREATE TABLE client (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name         TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    method       TEXT NOT NULL CHECK (method IN ('client_secret', 'private_key_jwt', 'tls_client_auth')),
    disabled_at  INTEGER,
    made_by      INTEGER NOT NULL,
    seal         BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

CREATE TABLE client_key (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_id  BLOB NOT NULL REFERENCES client (id),
    kind       TEXT NOT NULL CHECK (kind IN ('certificate_sha256', 'public_key', 'secret_hash')),
    material   BLOB NOT NULL,
    revoked_at INTEGER,
    made_by    INTEGER NOT NULL,
    seal       BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
CREATE INDEX client_key_client ON client_key (client_id);

CREATE TABLE client_grant (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_id       BLOB NOT NULL REFERENCES client (id),
    target_kind     TEXT NOT NULL CHECK (target_kind IN ('agency', 'credential')),
    target_id       BLOB NOT NULL CHECK (length(target_id) = 16),
    allows_explicit INTEGER NOT NULL CHECK (allows_explicit IN (0, 1)),
    allows_raw_hash INTEGER NOT NULL CHECK (allows_raw_hash IN (0, 1)),
    revoked_at      INTEGER,
    made_by         INTEGER NOT NULL,
    seal            BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
CREATE INDEX client_grant_client ON client_grant (client_id);
