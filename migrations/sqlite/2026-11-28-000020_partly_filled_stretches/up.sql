-- In which blocks (audit_block) of 64 that follow each other a term is, so that a search for what is rare reads some rows for
-- a million entries and not every block. Made from the blocks afterwards, and like them it may be emptied at any time.
--
-- New: the youngest 64 are told of as they fill, and their rows made anew, where up to 63 blocks were read one by one for a search
-- before. All rows are made again after this.
DROP TABLE audit_stretch;
CREATE TABLE audit_stretch (
    number     INTEGER NOT NULL CHECK (number >= 0),              -- of blocks 64 * number and on
    part       INTEGER NOT NULL CHECK (part BETWEEN 0 AND 255),   -- of terms whose first byte this is
    blocks     INTEGER NOT NULL CHECK (blocks BETWEEN 1 AND 64),  -- how many of them are told of: the first ones
    from_at    INTEGER NOT NULL,                                  -- the earliest time and the latest one of their entries
    to_at      INTEGER NOT NULL,
    unnumbered INTEGER NOT NULL,                                  -- a bit for each of them without all its documents' numbers
    places     BLOB NOT NULL CHECK (length(places) % 4 = 0),      -- the other 3 bytes of a term and a block (0 to 63), ascending
    seal       BLOB NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (number, part)
) STRICT;
