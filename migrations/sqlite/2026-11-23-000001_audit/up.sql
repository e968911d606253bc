-- The audit log: the entry's bytes are the truth, every other column is a projection of them.
CREATE TABLE audit_entry (
    sequence      INTEGER NOT NULL PRIMARY KEY CHECK (sequence >= 0),
    entry         BLOB NOT NULL CHECK (length(entry) BETWEEN 2 AND 65535),
    leaf_hash     BLOB NOT NULL CHECK (length(leaf_hash) = 32),
    recorded_at   INTEGER NOT NULL,
    event         TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    request_id    BLOB NOT NULL,
    actor_kind    TEXT NOT NULL,
    actor_id      BLOB,
    client_id     BLOB,
    agency_id     BLOB,
    credential_id BLOB,
    object_id     BLOB,
    grant_id      BLOB,
    reason        TEXT
) STRICT;
-- Few and partial: this table is on the way of every signature.
CREATE INDEX audit_entry_object ON audit_entry (object_id, sequence) WHERE object_id IS NOT NULL;
CREATE INDEX audit_entry_grant ON audit_entry (grant_id, sequence) WHERE grant_id IS NOT NULL;

-- What opens the commitments of an entry; rows may be erased, the entry stays provable.
CREATE TABLE audit_opening (
    sequence INTEGER NOT NULL,
    field    TEXT NOT NULL,
    salt     BLOB NOT NULL CHECK (length(salt) = 32),
    value    BLOB NOT NULL,
    PRIMARY KEY (sequence, field)
) STRICT, WITHOUT ROWID;

-- SQLite fires no delete trigger for REPLACE, hence the third trigger of each table.
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry
WHEN EXISTS (SELECT 1 FROM audit_entry AS kept WHERE kept.sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER audit_opening_no_update BEFORE UPDATE ON audit_opening BEGIN SELECT RAISE(ABORT, 'audit_opening is append-only'); END;
