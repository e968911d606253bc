-- The numbers of outgoing documents that were sealed: one document for each number of a series in a year, and one number
-- for each document of an agency. Written with the intent of the seal's signature, whose entry says the same; kept when
-- that signature fails, so that the same document can be sealed again and no other gets its number. A row grants nothing
-- and has no seal.
CREATE TABLE document_number (
    agency_id  BYTEA NOT NULL CHECK (octet_length(agency_id) = 16),
    series     TEXT NOT NULL, -- as it is compared: capitals, no spaces
    year       BIGINT NOT NULL,
    number     BIGINT NOT NULL CHECK (number > 0),
    revision   BYTEA NOT NULL CHECK (octet_length(revision) = 32), -- SHA-256 of the file as the person signed it
    sequence   BIGINT NOT NULL, -- of the first intent
    PRIMARY KEY (agency_id, series, year, number)
);
CREATE UNIQUE INDEX document_number_of_revision ON document_number (agency_id, revision);
SELECT protect_rows('document_number');

-- A head signs in their own right.
ALTER TABLE authority DROP CONSTRAINT authority_kind_check;
ALTER TABLE authority ADD CONSTRAINT authority_kind_check CHECK (kind IN ('HEAD', 'KT', 'Q', 'TL', 'TM', 'TUQ'));
