-- Changes that grant power and wait for a second person; `payload` is the change as JSON.
CREATE TABLE pending_change (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    proposed_by BLOB NOT NULL REFERENCES person (id),
    expires_at  INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('approved', 'pending', 'rejected')),
    decided_by  BLOB REFERENCES person (id),
    made_by     INTEGER NOT NULL,
    seal        BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
CREATE INDEX pending_change_open ON pending_change (expires_at) WHERE state = 'pending';
