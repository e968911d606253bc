-- Certificates by their hash: issuers are stored once.
CREATE TABLE certificate (
    sha256 BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(sha256) = 32),
    der    BYTEA NOT NULL
);

-- `chain` is the hashes of the chain's certificates, leaf first, so the seal covers each of them.
CREATE TABLE credential (
    id              BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    kind            TEXT NOT NULL CHECK (kind IN ('personal', 'seal')),
    person_id       BYTEA REFERENCES person (id),
    agency_id       BYTEA NOT NULL REFERENCES agency (id),
    chain           BYTEA,
    not_before      BIGINT,
    not_after       BIGINT,
    state           TEXT NOT NULL CHECK (state IN ('active', 'certified', 'expired', 'handed_over', 'locked', 'requested', 'revoked')),
    handed_over_at  BIGINT,
    locked_by_reset BOOLEAN NOT NULL,
    multisign       BIGINT NOT NULL,
    sad_seconds     BIGINT NOT NULL,
    extensible      BOOLEAN NOT NULL,
    made_by         BIGINT NOT NULL,
    seal            BYTEA NOT NULL CHECK (octet_length(seal) = 32),
    CHECK ((kind = 'personal') = (person_id IS NOT NULL)),
    CHECK ((chain IS NULL) = (not_before IS NULL) AND (chain IS NULL) = (not_after IS NULL)),
    CHECK (chain IS NOT NULL OR state IN ('requested', 'revoked'))
);
CREATE INDEX credential_person ON credential (person_id);
CREATE INDEX credential_agency ON credential (agency_id);

-- The key and its PKCS#10 request; never changed. The credential's seal covers `cka_id`,
-- `algorithm` and `spki`, so a key moved here makes the credential unusable.
CREATE TABLE credential_key (
    credential_id BYTEA NOT NULL PRIMARY KEY REFERENCES credential (id),
    cka_id        BYTEA NOT NULL UNIQUE CHECK (octet_length(cka_id) = 16),
    algorithm     TEXT NOT NULL,
    spki          BYTEA NOT NULL,
    request       BYTEA NOT NULL
);
