-- Pictures that signatures show: the seal of an agency, the handwriting of a person. One is in force for each of them, and
-- two people put it there; which were before says the log. A file is kept once, under its digest, with which it is
-- compared whenever it is read.
CREATE TABLE picture_file (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32), -- SHA-256
    png    BLOB NOT NULL
) STRICT;
CREATE TABLE picture (
    owner_id BLOB NOT NULL PRIMARY KEY CHECK (length(owner_id) = 16),
    owner    TEXT NOT NULL CHECK (owner IN ('agency', 'person')),
    digest   BLOB CHECK (length(digest) = 32), -- none once it was taken away
    width    INTEGER NOT NULL CHECK (width > 0), -- tenths of a millimetre
    made_by  INTEGER NOT NULL,
    seal     BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
