CREATE TABLE authority_narrower (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person_id   BLOB NOT NULL REFERENCES person (id),
    agency_id   BLOB NOT NULL REFERENCES agency (id),
    kind        TEXT NOT NULL CHECK (kind IN ('KT', 'Q', 'TL', 'TM', 'TUQ')),
    basis       TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    ended_at    INTEGER,
    made_by     INTEGER NOT NULL,
    seal        BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
INSERT INTO authority_narrower SELECT id, person_id, agency_id, kind, basis, valid_from, valid_until, ended_at, made_by, seal FROM authority;
DROP TABLE authority;
ALTER TABLE authority_narrower RENAME TO authority;
CREATE INDEX authority_person ON authority (person_id);
DROP TABLE document_number;
