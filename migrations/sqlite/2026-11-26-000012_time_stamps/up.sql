-- Time stamps that an outside authority is asked for: one over each signature of a call that wanted them, written with
-- the call's outcome. A row grants nothing and has no seal; its token is compared with its imprint before it is shown. It
-- refers to no other table, so that nothing here can keep an outcome from being written.
CREATE TABLE time_stamp (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    request_id    BLOB NOT NULL CHECK (length(request_id) = 16),
    place         INTEGER NOT NULL CHECK (place >= 0), -- of the signature in its call
    credential_id BLOB NOT NULL CHECK (length(credential_id) = 16),
    client_id     BLOB CHECK (length(client_id) = 16),
    hash          TEXT NOT NULL CHECK (hash IN ('sha256', 'sha384', 'sha512')),
    imprint       BLOB NOT NULL, -- the digest of the signature's value
    state         TEXT NOT NULL CHECK (state IN ('given_up', 'held', 'pending')),
    tries         INTEGER NOT NULL,
    asked_at      INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    token         BLOB,
    CHECK ((state = 'held') = (token IS NOT NULL))
) STRICT;
-- What a call's reply and lists of signatures tell.
CREATE UNIQUE INDEX time_stamp_of_call ON time_stamp (request_id, place);
-- What is to be asked for next, and what waits for longest.
CREATE INDEX time_stamp_due ON time_stamp (next_at) WHERE state = 'pending';
CREATE INDEX time_stamp_waiting ON time_stamp (asked_at) WHERE state = 'pending';
