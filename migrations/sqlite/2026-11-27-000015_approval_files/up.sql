-- What a signer is shown of the files behind a request for approval: each file, and a picture of each of its pages,
-- encrypted under a key that the HSM sealed and the request's sealed row holds. They are there before the request is, and
-- are erased some days after its end.
CREATE TABLE approval_file (
    approval_id BLOB NOT NULL CHECK (length(approval_id) = 16),
    document    INTEGER NOT NULL CHECK (document >= 0), -- its place in the request
    part        INTEGER NOT NULL CHECK (part >= 0), -- 0: the file; else the page, from 1
    sealed      BLOB NOT NULL,
    came_at     INTEGER NOT NULL,
    PRIMARY KEY (approval_id, document, part)
) STRICT;
