-- Signature activation data. `digests` are those it is bound to, one after another, in order.
CREATE TABLE sad (
    id             BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    hash           BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    client_id      BYTEA,
    person_id      BYTEA,
    credential_id  BYTEA NOT NULL,
    session_id     BYTEA,
    hash_algorithm TEXT CHECK (hash_algorithm IN ('sha256', 'sha384', 'sha512')),
    digests        BYTEA,
    total          BIGINT NOT NULL CHECK (total > 0),
    documents      BYTEA NOT NULL CHECK (octet_length(documents) = 32),
    expires_at     BIGINT NOT NULL,
    made_by        BIGINT NOT NULL,
    seal           BYTEA NOT NULL CHECK (octet_length(seal) = 32),
    CHECK (digests IS NULL OR hash_algorithm IS NOT NULL)
);

CREATE TABLE stamping_session (
    id            BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    client_id     BYTEA NOT NULL,
    credential_id BYTEA NOT NULL,
    opened_by     BYTEA NOT NULL,
    total         BIGINT NOT NULL CHECK (total > 0),
    purposes      TEXT NOT NULL,
    opened_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    made_by       BIGINT NOT NULL,
    seal          BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE TABLE stamping_session_end (
    session_id BYTEA NOT NULL PRIMARY KEY REFERENCES stamping_session (id),
    closed_at  BIGINT NOT NULL,
    made_by    BIGINT NOT NULL
);

-- Uses of a grant (a SAD or a stamping session), by the entry that made them, and the uses given
-- back because the key certainly was not asked. Insert-only: a count cannot be set back.
CREATE TABLE consumption (
    grant_id BYTEA NOT NULL CHECK (octet_length(grant_id) = 16),
    ordinal  BIGINT NOT NULL,
    turn     BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    seal     BYTEA NOT NULL CHECK (octet_length(seal) = 32),
    PRIMARY KEY (grant_id, ordinal, turn)
);
CREATE TABLE release (
    grant_id BYTEA NOT NULL CHECK (octet_length(grant_id) = 16),
    ordinal  BIGINT NOT NULL,
    turn     BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    seal     BYTEA NOT NULL CHECK (octet_length(seal) = 32),
    PRIMARY KEY (grant_id, ordinal, turn),
    FOREIGN KEY (grant_id, ordinal, turn) REFERENCES consumption (grant_id, ordinal, turn)
);

SELECT protect_rows('consumption');
SELECT protect_rows('release');
SELECT protect_rows('sad');
SELECT protect_rows('stamping_session');
SELECT protect_rows('stamping_session_end');
