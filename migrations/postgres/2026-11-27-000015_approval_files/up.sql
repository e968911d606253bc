-- What a signer is shown of the files behind a request for approval: each file, and a picture of each of its pages,
-- encrypted under a key that the HSM sealed and the request's sealed row holds. They are there before the request is, and
-- are erased some days after its end.
CREATE TABLE approval_file (
    approval_id BYTEA NOT NULL CHECK (octet_length(approval_id) = 16),
    document    BIGINT NOT NULL CHECK (document >= 0), -- its place in the request
    part        BIGINT NOT NULL CHECK (part >= 0), -- 0: the file; else the page, from 1
    came_at     BIGINT NOT NULL, -- before what is long: a row is then not read to its end for it
    sealed      BYTEA NOT NULL,
    PRIMARY KEY (approval_id, document, part)
);
-- What is encrypted does not become smaller.
ALTER TABLE approval_file ALTER COLUMN sealed SET STORAGE EXTERNAL;
-- What is to be erased is looked for among the first part of each request.
CREATE INDEX approval_file_came ON approval_file (came_at) WHERE document = 0 AND part = 0;
