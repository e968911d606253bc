-- Time stamps that an outside authority is asked for: one over each signature of a call that wanted them, written with
-- the call's outcome. A row grants nothing and has no seal; its token is compared with its imprint before it is shown. It
-- refers to no other table, so that nothing here can keep an outcome from being written.
CREATE TABLE time_stamp (
    id            BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    request_id    BYTEA NOT NULL CHECK (octet_length(request_id) = 16),
    place         BIGINT NOT NULL CHECK (place >= 0), -- of the signature in its call
    credential_id BYTEA NOT NULL CHECK (octet_length(credential_id) = 16),
    client_id     BYTEA CHECK (octet_length(client_id) = 16),
    hash          TEXT NOT NULL CHECK (hash IN ('sha256', 'sha384', 'sha512')),
    imprint       BYTEA NOT NULL, -- the digest of the signature's value
    state         TEXT NOT NULL CHECK (state IN ('given_up', 'held', 'pending')),
    tries         BIGINT NOT NULL,
    asked_at      BIGINT NOT NULL,
    next_at       BIGINT NOT NULL,
    token         BYTEA,
    CHECK ((state = 'held') = (token IS NOT NULL))
);
-- What a call's reply and lists of signatures tell.
CREATE UNIQUE INDEX time_stamp_of_call ON time_stamp (request_id, place);
-- What is to be asked for next, and what waits for longest.
CREATE INDEX time_stamp_due ON time_stamp (next_at) WHERE state = 'pending';
CREATE INDEX time_stamp_waiting ON time_stamp (asked_at) WHERE state = 'pending';
