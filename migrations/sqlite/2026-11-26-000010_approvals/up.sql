-- Requests for approval: documents that a system put before a signer. `payload` is JSON: what is asked, with the free
-- text of the documents, which may be erased once the request has ended.
CREATE TABLE approval (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_id     BLOB NOT NULL REFERENCES client (id),
    person_id     BLOB NOT NULL REFERENCES person (id),
    credential_id BLOB NOT NULL REFERENCES credential (id),
    payload       TEXT NOT NULL,
    urgency       INTEGER NOT NULL CHECK (urgency BETWEEN 0 AND 3),
    submission    TEXT NOT NULL,
    submitted_at  INTEGER NOT NULL,
    due_at        INTEGER,
    open_until    INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('approved', 'expired', 'failed', 'opened', 'refused', 'returned',
                      'signed', 'waiting', 'withdrawn')),
    state_at      INTEGER NOT NULL,
    reason        TEXT,
    made_by       INTEGER NOT NULL,
    seal          BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
-- A retry of the same submission finds the same request.
CREATE UNIQUE INDEX approval_submission ON approval (client_id, submission);
-- A signer's four tabs, the newest state first.
CREATE INDEX approval_of_person ON approval (person_id, state, state_at);
-- What a system asks for.
CREATE INDEX approval_of_client ON approval (client_id, state, state_at);
-- What expires, and what was approved but not closed.
CREATE INDEX approval_unfinished ON approval (state, open_until) WHERE state IN ('approved', 'opened', 'waiting');

-- Where a system may be told of an end, and the secret that such calls are signed with, itself sealed by the HSM.
CREATE TABLE client_callback (
    client_id BLOB NOT NULL PRIMARY KEY REFERENCES client (id),
    origin    TEXT NOT NULL,
    secret    BLOB NOT NULL,
    made_by   INTEGER NOT NULL,
    seal      BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

-- Calls that are still to be made; a row goes when the system has answered, or after the last try.
CREATE TABLE callback_due (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    approval_id BLOB NOT NULL REFERENCES approval (id),
    tries       INTEGER NOT NULL,
    next_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX callback_due_next ON callback_due (next_at);
