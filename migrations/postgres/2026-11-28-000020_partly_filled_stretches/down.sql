DROP TABLE audit_stretch;
CREATE TABLE audit_stretch (
    number     BIGINT NOT NULL CHECK (number >= 0),              -- of blocks 64 * number and on
    part       BIGINT NOT NULL CHECK (part BETWEEN 0 AND 255),   -- of terms whose first byte this is
    from_at    BIGINT NOT NULL,                                  -- the earliest time and the latest one of all its entries
    to_at      BIGINT NOT NULL,
    unnumbered BIGINT NOT NULL,                                  -- a bit for each block without all its documents' numbers
    places     BYTEA NOT NULL CHECK (octet_length(places) % 4 = 0),      -- the other 3 bytes of a term and a block (0 to 63), ascending
    seal       BYTEA NOT NULL CHECK (octet_length(seal) = 32),
    PRIMARY KEY (number, part)
);
