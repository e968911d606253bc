-- Changes that grant power and wait for a second person; `payload` is the change as JSON.
CREATE TABLE pending_change (
    id          BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    proposed_by BYTEA NOT NULL REFERENCES person (id),
    expires_at  BIGINT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('approved', 'pending', 'rejected')),
    decided_by  BYTEA REFERENCES person (id),
    made_by     BIGINT NOT NULL,
    seal        BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
CREATE INDEX pending_change_open ON pending_change (expires_at) WHERE state = 'pending';
