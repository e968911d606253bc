-- Pictures that signatures show: the seal of an agency, the handwriting of a person. One is in force for each of them, and
-- two people put it there; which were before says the log. A file is kept once, under its digest, with which it is
-- compared whenever it is read.
CREATE TABLE picture_file (
    digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32), -- SHA-256
    png    BYTEA NOT NULL
);
CREATE TABLE picture (
    owner_id BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(owner_id) = 16),
    owner    TEXT NOT NULL CHECK (owner IN ('agency', 'person')),
    digest   BYTEA CHECK (octet_length(digest) = 32), -- none once it was taken away
    width    BIGINT NOT NULL CHECK (width > 0), -- tenths of a millimetre
    made_by  BIGINT NOT NULL,
    seal     BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);
