-- People and agencies. A sealed row carries `made_by`, the sequence of the audit entry that wrote
-- it, and `seal`, an HMAC over id, granting columns and `made_by`.
CREATE TABLE agency (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    parent_id   BLOB REFERENCES agency (id),
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    level       TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER,
    made_by     INTEGER NOT NULL,
    seal        BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

-- One code names one agency, for ever: a code is never given to another.
CREATE TABLE agency_code (
    format      TEXT NOT NULL CHECK (format IN ('legacy', 'modern')),
    code        TEXT NOT NULL,
    agency_id   BLOB NOT NULL REFERENCES agency (id),
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER,
    PRIMARY KEY (format, code)
) STRICT;
CREATE INDEX agency_code_agency ON agency_code (agency_id);

CREATE TABLE person (
    id                BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    login             TEXT NOT NULL UNIQUE,
    name              TEXT NOT NULL,
    agency_id         BLOB NOT NULL REFERENCES agency (id),
    position          TEXT NOT NULL,
    email             TEXT NOT NULL,
    position_required INTEGER NOT NULL CHECK (position_required IN (0, 1)),
    ended_at          INTEGER,
    made_by           INTEGER NOT NULL,
    seal              BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
CREATE INDEX person_agency ON person (agency_id);

CREATE TABLE role_grant (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person_id  BLOB NOT NULL REFERENCES person (id),
    role       TEXT NOT NULL CHECK (role IN ('operator', 'records_clerk', 'security_officer', 'signer', 'subscriber_manager')),
    agency_id  BLOB REFERENCES agency (id),
    revoked_at INTEGER,
    made_by    INTEGER NOT NULL,
    seal       BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
CREATE INDEX role_grant_person ON role_grant (person_id);

CREATE TABLE password_factor (
    person_id BLOB NOT NULL PRIMARY KEY REFERENCES person (id),
    phc       TEXT NOT NULL,
    made_by   INTEGER NOT NULL,
    seal      BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

CREATE TABLE totp_factor (
    person_id   BLOB NOT NULL PRIMARY KEY REFERENCES person (id),
    secret      BLOB NOT NULL,
    row_version INTEGER NOT NULL,
    made_by     INTEGER NOT NULL,
    seal        BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

-- Insert-only: a step that was accepted once is never accepted again.
CREATE TABLE totp_step (
    person_id BLOB NOT NULL REFERENCES person (id),
    step      INTEGER NOT NULL,
    PRIMARY KEY (person_id, step)
) STRICT;

CREATE TABLE enrolment_code (
    person_id  BLOB NOT NULL PRIMARY KEY REFERENCES person (id),
    code_hash  BLOB NOT NULL CHECK (length(code_hash) = 32),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    made_by    INTEGER NOT NULL,
    seal       BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

CREATE TABLE authority (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person_id   BLOB NOT NULL REFERENCES person (id),
    agency_id   BLOB NOT NULL REFERENCES agency (id),
    kind        TEXT NOT NULL CHECK (kind IN ('KT', 'Q', 'TL', 'TM', 'TUQ')),
    basis       TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    ended_at    INTEGER,
    made_by     INTEGER NOT NULL,
    seal        BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
CREATE INDEX authority_person ON authority (person_id);

-- Attempts to prove something: per account and network, and one row a day for all networks.
CREATE TABLE throttle (
    account    BLOB NOT NULL,
    factor     TEXT NOT NULL CHECK (factor IN ('enrolment', 'otp', 'password', 'unknown_name')),
    network    TEXT NOT NULL,
    failures   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (account, factor, network)
) STRICT;
CREATE INDEX throttle_age ON throttle (factor, last_at);
