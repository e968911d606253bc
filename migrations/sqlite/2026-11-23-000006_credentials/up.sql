-- Certificates by their hash: issuers are stored once.
CREATE TABLE certificate (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    der    BLOB NOT NULL
) STRICT;

-- `chain` is the hashes of the chain's certificates, leaf first, so the seal covers each of them.
CREATE TABLE credential (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind            TEXT NOT NULL CHECK (kind IN ('personal', 'seal')),
    person_id       BLOB REFERENCES person (id),
    agency_id       BLOB NOT NULL REFERENCES agency (id),
    chain           BLOB,
    not_before      INTEGER,
    not_after       INTEGER,
    state           TEXT NOT NULL CHECK (state IN ('active', 'certified', 'expired', 'handed_over', 'locked', 'requested', 'revoked')),
    handed_over_at  INTEGER,
    locked_by_reset INTEGER NOT NULL CHECK (locked_by_reset IN (0, 1)),
    multisign       INTEGER NOT NULL,
    sad_seconds     INTEGER NOT NULL,
    extensible      INTEGER NOT NULL CHECK (extensible IN (0, 1)),
    made_by         INTEGER NOT NULL,
    seal            BLOB NOT NULL CHECK (length(seal) = 32),
    CHECK ((kind = 'personal') = (person_id IS NOT NULL)),
    CHECK ((chain IS NULL) = (not_before IS NULL) AND (chain IS NULL) = (not_after IS NULL)),
    CHECK (chain IS NOT NULL OR state IN ('requested', 'revoked'))
) STRICT;
CREATE INDEX credential_person ON credential (person_id);
CREATE INDEX credential_agency ON credential (agency_id);

-- The key and its PKCS#10 request; never changed. The credential's seal covers `cka_id`,
-- `algorithm` and `spki`, so a key moved here makes the credential unusable.
CREATE TABLE credential_key (
    credential_id BLOB NOT NULL PRIMARY KEY REFERENCES credential (id),
    cka_id        BLOB NOT NULL UNIQUE CHECK (length(cka_id) = 16),
    algorithm     TEXT NOT NULL,
    spki          BLOB NOT NULL,
    request       BLOB NOT NULL
) STRICT;
