-- Gives a database of the newest schema the eighth one back, with every row in its older form: what `kysod migrate` found
-- when the ninth migration was new. For tests alone, whose rows stand for one use each: one that stands for several has no
-- older form, and then this fails. Run with no server on it.
BEGIN;

DROP TABLE audit_stretch;
ALTER TABLE agency DROP COLUMN dated;
ALTER TABLE credential DROP COLUMN by_digest;
DROP TABLE alarm_call;
DROP INDEX audit_entry_watched;
DROP TABLE tree_checkpoint;
DROP TABLE tree_tile;
DROP TABLE approval_file;
DROP TABLE picture;
DROP TABLE picture_file;

CREATE TABLE authority_narrower (
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
INSERT INTO authority_narrower SELECT id, person_id, agency_id, kind, basis, valid_from, valid_until, ended_at, made_by, seal FROM authority;
DROP TABLE authority;
ALTER TABLE authority_narrower RENAME TO authority;
CREATE INDEX authority_person ON authority (person_id);
DROP TABLE document_number;

DROP TABLE time_stamp;

DROP TABLE audit_block;

DROP TABLE callback_due;
DROP TABLE client_callback;
DROP TABLE approval;

DROP INDEX token_family_expiry;
DROP INDEX refresh_token_family;
DROP INDEX revoked_family_time;

CREATE TEMP TABLE one_use (span INTEGER CHECK (span = 1));
INSERT INTO one_use SELECT span FROM consumption;
DROP TABLE one_use;
ALTER TABLE consumption DROP COLUMN span;
ALTER TABLE release RENAME TO release_after;
CREATE TABLE release (
    grant_id BLOB NOT NULL CHECK (length(grant_id) = 16),
    ordinal  INTEGER NOT NULL,
    turn     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    seal     BLOB NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (grant_id, ordinal, turn),
    FOREIGN KEY (grant_id, ordinal, turn) REFERENCES consumption (grant_id, ordinal, turn)
) STRICT, WITHOUT ROWID;
INSERT INTO release SELECT grant_id, ordinal, turn, sequence, seal FROM release_after;
DROP TABLE release_after;
CREATE TRIGGER release_no_update BEFORE UPDATE ON release BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;
CREATE TRIGGER release_no_delete BEFORE DELETE ON release BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;
CREATE TRIGGER release_no_replace BEFORE INSERT ON release
WHEN EXISTS (SELECT 1 FROM release AS kept WHERE kept.grant_id = NEW.grant_id AND kept.ordinal = NEW.ordinal AND kept.turn = NEW.turn)
BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;

CREATE TABLE idempotency_result (
    request_id BLOB NOT NULL PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN ('signed', 'not_attempted', 'unknown')),
    signatures BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency_result
SELECT request_id, state, signatures FROM attempt_outcome WHERE state IS NOT NULL;
CREATE TRIGGER idempotency_result_no_update BEFORE UPDATE ON idempotency_result BEGIN SELECT RAISE(ABORT, 'idempotency_result is append-only'); END;
CREATE TRIGGER idempotency_result_no_delete BEFORE DELETE ON idempotency_result BEGIN SELECT RAISE(ABORT, 'idempotency_result is append-only'); END;
CREATE TRIGGER idempotency_result_no_replace BEFORE INSERT ON idempotency_result
WHEN EXISTS (SELECT 1 FROM idempotency_result AS kept WHERE kept.request_id = NEW.request_id)
BEGIN SELECT RAISE(ABORT, 'idempotency_result is append-only'); END;

ALTER TABLE attempt_outcome RENAME TO attempt_outcome_after;
CREATE TABLE attempt_outcome (
    request_id BLOB NOT NULL PRIMARY KEY CHECK (length(request_id) = 16),
    sequence   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO attempt_outcome SELECT request_id, sequence FROM attempt_outcome_after;
DROP TABLE attempt_outcome_after;
CREATE TRIGGER attempt_outcome_no_update BEFORE UPDATE ON attempt_outcome BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;
CREATE TRIGGER attempt_outcome_no_delete BEFORE DELETE ON attempt_outcome BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;
CREATE TRIGGER attempt_outcome_no_replace BEFORE INSERT ON attempt_outcome
WHEN EXISTS (SELECT 1 FROM attempt_outcome AS kept WHERE kept.request_id = NEW.request_id)
BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;

ALTER TABLE audit_opening RENAME TO audit_opening_joined;
CREATE TABLE audit_opening (
    sequence INTEGER NOT NULL,
    field    TEXT NOT NULL,
    salt     BLOB NOT NULL CHECK (length(salt) = 32),
    value    BLOB NOT NULL,
    PRIMARY KEY (sequence, field)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_opening
SELECT joined.sequence, one.key, unhex(json_extract(one.value, '$.salt')), CAST(json_extract(one.value, '$.value') AS BLOB)
FROM audit_opening_joined AS joined, json_each(joined.openings) AS one;
DROP TABLE audit_opening_joined;
CREATE TRIGGER audit_opening_no_update BEFORE UPDATE ON audit_opening BEGIN SELECT RAISE(ABORT, 'audit_opening is append-only'); END;

DELETE FROM __diesel_schema_migrations WHERE version >= '20261126000009';
COMMIT;
