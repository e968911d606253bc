-- One counter for each area of policy: the epoch at which it last moved. The highest is the policy epoch.
CREATE TABLE policy_epoch (
    area    TEXT NOT NULL PRIMARY KEY,
    counter BIGINT NOT NULL
);
INSERT INTO policy_epoch (area, counter) VALUES
    ('agencies', 0), ('clients', 0), ('credentials', 0), ('people', 0), ('pending', 0),
    ('sessions', 0), ('tokens', 0);

-- Runs of servers. `lease_until` is in the database's own time, so that servers need not agree.
CREATE TABLE boot (
    id          BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    instance    BYTEA NOT NULL CHECK (octet_length(instance) = 16),
    started_at  BIGINT NOT NULL,
    open_from   BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    swept       BIGINT NOT NULL CHECK (swept IN (0, 1))
);

-- An intent; and its outcome, of which the primary key allows one, ever.
CREATE TABLE attempt (
    sequence   BIGINT NOT NULL PRIMARY KEY,
    request_id BYTEA NOT NULL UNIQUE CHECK (octet_length(request_id) = 16),
    boot_id    BYTEA NOT NULL
);
CREATE TABLE attempt_outcome (
    request_id BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(request_id) = 16),
    sequence   BIGINT NOT NULL
);

-- `scope` is SHA-256 over client, user, route and key. Rows outlive SAD and session.
CREATE TABLE idempotency (
    scope       BYTEA NOT NULL CHECK (octet_length(scope) = 32),
    turn        BIGINT NOT NULL,
    request_id  BYTEA NOT NULL,
    body        BYTEA NOT NULL CHECK (octet_length(body) = 32),
    boot_id     BYTEA NOT NULL,
    PRIMARY KEY (scope, turn)
);
CREATE TABLE idempotency_result (
    request_id BYTEA NOT NULL PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN ('signed', 'not_attempted', 'unknown')),
    signatures BYTEA NOT NULL
);

-- Keys that the HSM sealed: opaque here.
CREATE TABLE sealed_key (
    purpose    TEXT NOT NULL,
    version    BIGINT NOT NULL,
    blob       BYTEA NOT NULL,
    PRIMARY KEY (purpose, version)
);

SELECT protect_rows('attempt');
SELECT protect_rows('attempt_outcome');
SELECT protect_rows('idempotency');
SELECT protect_rows('idempotency_result');
