-- The numbers of outgoing documents that were sealed: one document for each number of a series in a year, and one number
-- for each document of an agency. Written with the intent of the seal's signature, whose entry says the same; kept when
-- that signature fails, so that the same document can be sealed again and no other gets its number. A row grants nothing
-- and has no seal.
CREATE TABLE document_number (
    agency_id  BLOB NOT NULL CHECK (length(agency_id) = 16),
    series     TEXT NOT NULL, -- as it is compared: capitals, no spaces
    year       INTEGER NOT NULL,
    number     INTEGER NOT NULL CHECK (number > 0),
    revision   BLOB NOT NULL CHECK (length(revision) = 32), -- SHA-256 of the file as the person signed it
    sequence   INTEGER NOT NULL, -- of the first intent
    PRIMARY KEY (agency_id, series, year, number)
) STRICT;
CREATE UNIQUE INDEX document_number_of_revision ON document_number (agency_id, revision);
CREATE TRIGGER document_number_no_update BEFORE UPDATE ON document_number BEGIN SELECT RAISE(ABORT, 'document_number is append-only'); END;
CREATE TRIGGER document_number_no_delete BEFORE DELETE ON document_number BEGIN SELECT RAISE(ABORT, 'document_number is append-only'); END;
CREATE TRIGGER document_number_no_replace BEFORE INSERT ON document_number
WHEN EXISTS (SELECT 1 FROM document_number AS kept WHERE kept.agency_id = NEW.agency_id AND ((kept.series = NEW.series AND kept.year = NEW.year AND kept.number = NEW.number) OR kept.revision = NEW.revision))
BEGIN SELECT RAISE(ABORT, 'document_number is append-only'); END;

-- A head signs in their own right. SQLite changes no CHECK in place; the columns that rows are sealed over stay as they are.
CREATE TABLE authority_wider (
    id          BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person_id   BLOB NOT NULL REFERENCES person (id),
    agency_id   BLOB NOT NULL REFERENCES agency (id),
    kind        TEXT NOT NULL CHECK (kind IN ('HEAD', 'KT', 'Q', 'TL', 'TM', 'TUQ')),
    basis       TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    ended_at    INTEGER,
    made_by     INTEGER NOT NULL,
    seal        BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;
INSERT INTO authority_wider SELECT id, person_id, agency_id, kind, basis, valid_from, valid_until, ended_at, made_by, seal FROM authority;
DROP TABLE authority;
ALTER TABLE authority_wider RENAME TO authority;
CREATE INDEX authority_person ON authority (person_id);
