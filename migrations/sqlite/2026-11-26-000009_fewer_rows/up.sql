-- Fewer rows for a signature.

-- What opens the commitments of an entry lies in one row: JSON, field to salt (hex) and value. To erase one, delete the
-- row and insert what is left of it; the entry stays provable.
ALTER TABLE audit_opening RENAME TO audit_opening_before;
CREATE TABLE audit_opening (
    sequence INTEGER NOT NULL PRIMARY KEY,
    openings TEXT NOT NULL
) STRICT;
INSERT INTO audit_opening
SELECT sequence, json_group_object(field, json_object('salt', lower(hex(salt)), 'value', CAST(value AS TEXT)))
FROM audit_opening_before GROUP BY sequence;
DROP TABLE audit_opening_before;
CREATE TRIGGER audit_opening_no_update BEFORE UPDATE ON audit_opening BEGIN SELECT RAISE(ABORT, 'audit_opening is append-only'); END;

-- `state` and `signatures` are kept for a retry, where the call had an Idempotency-Key.
ALTER TABLE attempt_outcome RENAME TO attempt_outcome_before;
CREATE TABLE attempt_outcome (
    request_id BLOB NOT NULL PRIMARY KEY CHECK (length(request_id) = 16),
    sequence   INTEGER NOT NULL,
    state      TEXT CHECK (state IN ('signed', 'not_attempted', 'unknown')),
    signatures BLOB,
    CHECK ((state IS NULL) = (signatures IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO attempt_outcome
SELECT ended.request_id, ended.sequence, kept.state, kept.signatures
FROM attempt_outcome_before AS ended LEFT JOIN idempotency_result AS kept ON kept.request_id = ended.request_id;
DROP TABLE attempt_outcome_before;
DROP TABLE idempotency_result;
CREATE TRIGGER attempt_outcome_no_update BEFORE UPDATE ON attempt_outcome BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;
CREATE TRIGGER attempt_outcome_no_delete BEFORE DELETE ON attempt_outcome BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;
CREATE TRIGGER attempt_outcome_no_replace BEFORE INSERT ON attempt_outcome
WHEN EXISTS (SELECT 1 FROM attempt_outcome AS kept WHERE kept.request_id = NEW.request_id)
BEGIN SELECT RAISE(ABORT, 'attempt_outcome is append-only'); END;

-- What is given back may be a part of a run, so it refers to no single row any more.
ALTER TABLE release RENAME TO release_before;
CREATE TABLE release (
    grant_id BLOB NOT NULL CHECK (length(grant_id) = 16),
    ordinal  INTEGER NOT NULL,
    turn     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    seal     BLOB NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (grant_id, ordinal, turn)
) STRICT, WITHOUT ROWID;
INSERT INTO release SELECT grant_id, ordinal, turn, sequence, seal FROM release_before;
DROP TABLE release_before;
CREATE TRIGGER release_no_update BEFORE UPDATE ON release BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;
CREATE TRIGGER release_no_delete BEFORE DELETE ON release BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;
CREATE TRIGGER release_no_replace BEFORE INSERT ON release
WHEN EXISTS (SELECT 1 FROM release AS kept WHERE kept.grant_id = NEW.grant_id AND kept.ordinal = NEW.ordinal AND kept.turn = NEW.turn)
BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;

-- A row stands for `span` uses from `ordinal` on. Only uses of a count are joined so: each hash of a hash-bound SAD has a
-- row, and the primary key lets it be used once, whoever writes.
ALTER TABLE consumption ADD COLUMN span INTEGER NOT NULL DEFAULT 1 CHECK (span > 0);

-- The upkeep removes families that ended, and their tokens.
CREATE INDEX token_family_expiry ON token_family (expires_at);
CREATE INDEX refresh_token_family ON refresh_token (family_id);
CREATE INDEX revoked_family_time ON revoked_family (revoked_at);
