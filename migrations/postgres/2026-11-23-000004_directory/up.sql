-- People and agencies. A sealed row carries `made_by`, the sequence of the audit entry that wrote
-- it, and `seal`, an HMAC over id, granting columns and `made_by`.
CREATE TABLE agency (
    id          BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    parent_id   BYTEA REFERENCES agency (id),
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    level       TEXT NOT NULL,
    valid_from  BIGINT NOT NULL,
    valid_until BIGINT,
    made_by     BIGINT NOT NULL,
    seal        BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

-- One code names one agency, for ever: a code is never given to another.
CREATE TABLE agency_code (
    format      TEXT NOT NULL CHECK (format IN ('legacy', 'modern')),
    code        TEXT NOT NULL,
    agency_id   BYTEA NOT NULL REFERENCES agency (id),
    valid_from  BIGINT NOT NULL,
    valid_until BIGINT,
    PRIMARY KEY (format, code)
);
CREATE INDEX agency_code_agency ON agency_code (agency_id);

CREATE TABLE person (
    id                BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    login             TEXT NOT NULL UNIQUE,
    name              TEXT NOT NULL,
    agency_id         BYTEA NOT NULL REFERENCES agency (id),
    position          TEXT NOT NULL,
    email             TEXT NOT NULL,
    position_required BOOLEAN NOT NULL,
    ended_at          BIGINT,
    made_by           BIGINT NOT NULL,
    seal              BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE INDEX person_agency ON person (agency_id);

CREATE TABLE role_grant (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    person_id  BYTEA NOT NULL REFERENCES person (id),
    role       TEXT NOT NULL CHECK (role IN ('operator', 'records_clerk', 'security_officer', 'signer', 'subscriber_manager')),
    agency_id  BYTEA REFERENCES agency (id),
    revoked_at BIGINT,
    made_by    BIGINT NOT NULL,
    seal       BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE INDEX role_grant_person ON role_grant (person_id);

CREATE TABLE password_factor (
    person_id BYTEA NOT NULL PRIMARY KEY REFERENCES person (id),
    phc       TEXT NOT NULL,
    made_by   BIGINT NOT NULL,
    seal      BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

CREATE TABLE totp_factor (
    person_id   BYTEA NOT NULL PRIMARY KEY REFERENCES person (id),
    secret      BYTEA NOT NULL,
    row_version BIGINT NOT NULL,
    made_by     BIGINT NOT NULL,
    seal        BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

-- Insert-only: a step that was accepted once is never accepted again.
CREATE TABLE totp_step (
    person_id BYTEA NOT NULL REFERENCES person (id),
    step      BIGINT NOT NULL,
    PRIMARY KEY (person_id, step)
);

CREATE TABLE enrolment_code (
    person_id  BYTEA NOT NULL PRIMARY KEY REFERENCES person (id),
    code_hash  BYTEA NOT NULL CHECK (octet_length(code_hash) = 32),
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    made_by    BIGINT NOT NULL,
    seal       BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

CREATE TABLE authority (
    id          BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    person_id   BYTEA NOT NULL REFERENCES person (id),
    agency_id   BYTEA NOT NULL REFERENCES agency (id),
    kind        TEXT NOT NULL CHECK (kind IN ('KT', 'Q', 'TL', 'TM', 'TUQ')),
    basis       TEXT NOT NULL,
    valid_from  BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    ended_at    BIGINT,
    made_by     BIGINT NOT NULL,
    seal        BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE INDEX authority_person ON authority (person_id);

-- Attempts to prove something: per account and network, and one row a day for all networks.
CREATE TABLE throttle (
    account    BYTEA NOT NULL,
    factor     TEXT NOT NULL CHECK (factor IN ('enrolment', 'otp', 'password', 'unknown_name')),
    network    TEXT NOT NULL,
    failures   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    PRIMARY KEY (account, factor, network)
);
CREATE INDEX throttle_age ON throttle (factor, last_at);
