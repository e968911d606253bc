-- Requests for approval: documents that a system put before a signer. `payload` is JSON: what is asked, with the free
-- text of the documents, which may be erased once the request has ended.
CREATE TABLE approval (
    id            BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    client_id     BYTEA NOT NULL REFERENCES client (id),
    person_id     BYTEA NOT NULL REFERENCES person (id),
    credential_id BYTEA NOT NULL REFERENCES credential (id),
    payload       TEXT NOT NULL,
    urgency       BIGINT NOT NULL CHECK (urgency BETWEEN 0 AND 3),
    submission    TEXT NOT NULL,
    submitted_at  BIGINT NOT NULL,
    due_at        BIGINT,
    open_until    BIGINT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('approved', 'expired', 'failed', 'opened', 'refused', 'returned',
                      'signed', 'waiting', 'withdrawn')),
    state_at      BIGINT NOT NULL,
    reason        TEXT,
    made_by       BIGINT NOT NULL,
    seal          BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
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
    client_id BYTEA NOT NULL PRIMARY KEY REFERENCES client (id),
    origin    TEXT NOT NULL,
    secret    BYTEA NOT NULL,
    made_by   BIGINT NOT NULL,
    seal      BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

-- Calls that are still to be made; a row goes when the system has answered, or after the last try.
CREATE TABLE callback_due (
    id          BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    approval_id BYTEA NOT NULL REFERENCES approval (id),
    tries       BIGINT NOT NULL,
    next_at     BIGINT NOT NULL
);
CREATE INDEX callback_due_next ON callback_due (next_at);
