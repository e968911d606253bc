-- Signature activation data. `digests` are those it is bound to, one after another, in order.
CREATE TABLE sad (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hash           BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    client_id      BLOB,
    person_id      BLOB,
    credential_id  BLOB NOT NULL,
    session_id     BLOB,
    hash_algorithm TEXT CHECK (hash_algorithm IN ('sha256', 'sha384', 'sha512')),
    digests        BLOB,
    total          INTEGER NOT NULL CHECK (total > 0),
    documents      BLOB NOT NULL CHECK (length(documents) = 32),
    expires_at     INTEGER NOT NULL,
    made_by        INTEGER NOT NULL,
    seal           BLOB NOT NULL CHECK (length(seal) = 32),
    CHECK (digests IS NULL OR hash_algorithm IS NOT NULL)
) STRICT;

CREATE TABLE stamping_session (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_id     BLOB NOT NULL,
    credential_id BLOB NOT NULL,
    opened_by     BLOB NOT NULL,
    total         INTEGER NOT NULL CHECK (total > 0),
    purposes      TEXT NOT NULL,
    opened_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    made_by       INTEGER NOT NULL,
    seal          BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
CREATE TABLE stamping_session_end (
    session_id BLOB NOT NULL PRIMARY KEY REFERENCES stamping_session (id),
    closed_at  INTEGER NOT NULL,
    made_by    INTEGER NOT NULL
) STRICT;

-- Uses of a grant (a SAD or a stamping session), by the entry that made them, and the uses given
-- back because the key certainly was not asked. Insert-only: a count cannot be set back.
CREATE TABLE consumption (
    grant_id BLOB NOT NULL CHECK (length(grant_id) = 16),
    ordinal  INTEGER NOT NULL,
    turn     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    seal     BLOB NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (grant_id, ordinal, turn)
) STRICT, WITHOUT ROWID;
CREATE TABLE release (
    grant_id BLOB NOT NULL CHECK (length(grant_id) = 16),
    ordinal  INTEGER NOT NULL,
    turn     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    seal     BLOB NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (grant_id, ordinal, turn),
    FOREIGN KEY (grant_id, ordinal, turn) REFERENCES consumption (grant_id, ordinal, turn)
) STRICT, WITHOUT ROWID;

-- SQLite fires no delete trigger for REPLACE, hence the third trigger of each table.
CREATE TRIGGER consumption_no_update BEFORE UPDATE ON consumption BEGIN SELECT RAISE(ABORT, 'consumption is append-only'); END;
CREATE TRIGGER consumption_no_delete BEFORE DELETE ON consumption BEGIN SELECT RAISE(ABORT, 'consumption is append-only'); END;
CREATE TRIGGER consumption_no_replace BEFORE INSERT ON consumption
WHEN EXISTS (SELECT 1 FROM consumption AS kept WHERE kept.grant_id = NEW.grant_id AND kept.ordinal = NEW.ordinal AND kept.turn = NEW.turn)
BEGIN SELECT RAISE(ABORT, 'consumption is append-only'); END;
CREATE TRIGGER release_no_update BEFORE UPDATE ON release BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;
CREATE TRIGGER release_no_delete BEFORE DELETE ON release BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;
CREATE TRIGGER release_no_replace BEFORE INSERT ON release
WHEN EXISTS (SELECT 1 FROM release AS kept WHERE kept.grant_id = NEW.grant_id AND kept.ordinal = NEW.ordinal AND kept.turn = NEW.turn)
BEGIN SELECT RAISE(ABORT, 'release is append-only'); END;
CREATE TRIGGER sad_no_update BEFORE UPDATE ON sad BEGIN SELECT RAISE(ABORT, 'sad is append-only'); END;
CREATE TRIGGER sad_no_delete BEFORE DELETE ON sad BEGIN SELECT RAISE(ABORT, 'sad is append-only'); END;
CREATE TRIGGER sad_no_replace BEFORE INSERT ON sad
WHEN EXISTS (SELECT 1 FROM sad AS kept WHERE kept.id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'sad is append-only'); END;
CREATE TRIGGER stamping_session_no_update BEFORE UPDATE ON stamping_session BEGIN SELECT RAISE(ABORT, 'stamping_session is append-only'); END;
CREATE TRIGGER stamping_session_no_delete BEFORE DELETE ON stamping_session BEGIN SELECT RAISE(ABORT, 'stamping_session is append-only'); END;
CREATE TRIGGER stamping_session_no_replace BEFORE INSERT ON stamping_session
WHEN EXISTS (SELECT 1 FROM stamping_session AS kept WHERE kept.id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'stamping_session is append-only'); END;
CREATE TRIGGER stamping_session_end_no_update BEFORE UPDATE ON stamping_session_end BEGIN SELECT RAISE(ABORT, 'stamping_session_end is append-only'); END;
CREATE TRIGGER stamping_session_end_no_delete BEFORE DELETE ON stamping_session_end BEGIN SELECT RAISE(ABORT, 'stamping_session_end is append-only'); END;
CREATE TRIGGER stamping_session_end_no_replace BEFORE INSERT ON stamping_session_end
WHEN EXISTS (SELECT 1 FROM stamping_session_end AS kept WHERE kept.session_id = NEW.session_id)
BEGIN SELECT RAISE(ABORT, 'stamping_session_end is append-only'); END;
