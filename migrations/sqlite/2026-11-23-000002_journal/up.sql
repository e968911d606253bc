-- One counter for each area of policy: the epoch at which it last moved. The highest is the policy epoch.
CREATE TABLE policy_epoch (
    area    TEXT NOT NULL PRIMARY KEY,
    counter INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO policy_epoch (area, counter) VALUES
    ('agencies', 0), ('clients', 0), ('credentials', 0), ('people', 0), ('pending', 0),
    ('sessions', 0), ('tokens', 0);

-- Runs of servers. `lease_until` is in the database's own time, so that servers need not agree.
CREATE TABLE boot (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    instance    BLOB NOT NULL CHECK (length(instance) = 16),
    started_at  INTEGER NOT NULL,
    open_from   INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    swept       INTEGER NOT NULL CHECK (swept IN (0, 1))
) STRICT, WITHOUT ROWID;

-- An intent; and its outcome, of which the primary key allows one, ever.
CREATE TABLE attempt (
    sequence   INTEGER NOT NULL PRIMARY KEY,
    request_id BLOB NOT NULL UNIQUE CHECK (length(request_id) = 16),
    boot_id    BLOB NOT NULL
) STRICT;
CREATE TABLE attempt_outcome (
    request_id BLOB NOT NULL PRIMARY KEY CHECK (length(request_id) = 16),
    sequence   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `scope` is SHA-256 over client, user, route and key. Rows outlive SAD and session.
CREATE TABLE idempotency (
    scope       BLOB NOT NULL CHECK (length(scope) = 32),
    turn        INTEGER NOT NULL,
    request_id  BLOB NOT NULL,
    body        BLOB NOT NULL CHECK (length(body) = 32),
    boot_id     BLOB NOT NULL,
    PRIMARY KEY (scope, turn)
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency_result (
    request_id BLOB NOT NULL PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN ('signed', 'not_attempted', 'unknown')),
    signatures BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys that the HSM sealed: opaque here.
CREATE TABLE sealed_key (
    purpose    TEXT NOT NULL,
    version    INTEGER NOT NULL,
    blob       BLOB NOT NULL,
    PRIMARY KEY (purpose, version)
) STRICT, WITHOUT ROWID;

-- SQLite fires no delete trigger for REPLACE, hence the third trigger of each table.
CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END;
CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END;
CREATE TRIGGER attempt_no_replace BEFORE INSERT ON attempt
WHEN EXISTS (SELECT 1 FROM attempt AS kept WHERE kept.sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END;
CREATE TRIGGER attempt_outcome_no_update BEFORE UPDATE ON attempt_outcome BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;
CREATE TRIGGER attempt_outcome_no_delete BEFORE DELETE ON attempt_outcome BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;
CREATE TRIGGER attempt_outcome_no_replace BEFORE INSERT ON attempt_outcome
WHEN EXISTS (SELECT 1 FROM attempt_outcome AS kept WHERE kept.request_id = NEW.request_id)
BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;
CREATE TRIGGER idempotency_no_update BEFORE UPDATE ON idempotency BEGIN SELECT RAISE(ABORT, 'idempotency is append-only'); END;
CREATE TRIGGER idempotency_no_delete BEFORE DELETE ON idempotency BEGIN SELECT RAISE(ABORT, 'idempotency is append-only'); END;
CREATE TRIGGER idempotency_no_replace BEFORE INSERT ON idempotency
WHEN EXISTS (SELECT 1 FROM idempotency AS kept WHERE kept.scope = NEW.scope AND kept.turn = NEW.turn)
BEGIN SELECT RAISE(ABORT, 'idempotency is append-only'); END;
CREATE TRIGGER idempotency_result_no_update BEFORE UPDATE ON idempotency_result BEGIN SELECT RAISE(ABORT, 'idempotency_result is append-only'); END;
CREATE TRIGGER idempotency_result_no_delete BEFORE DELETE ON idempotency_result BEGIN SELECT RAISE(ABORT, 'idempotency_result is append-only'); END;
CREATE TRIGGER idempotency_result_no_replace BEFORE INSERT ON idempotency_result
WHEN EXISTS (SELECT 1 FROM idempotency_result AS kept WHERE kept.request_id = NEW.request_id)
BEGIN SELECT RAISE(ABORT, 'idempotency_result is append-only'); END;
