-- The tree over the log (RFC 6962) as C2SP tlog-tiles: each row is a tile of up to 256 hashes, that of the right edge grows.
-- Made from the entries afterwards and believed only where a checkpoint's root comes out, so the table may be emptied at
-- any time.
CREATE TABLE tree_tile (
    level  BIGINT NOT NULL CHECK (level BETWEEN 0 AND 7),
    number BIGINT NOT NULL CHECK (number >= 0), -- its place in its level, from 0
    hashes BYTEA NOT NULL CHECK (octet_length(hashes) % 32 = 0 AND octet_length(hashes) BETWEEN 32 AND 8192),
    PRIMARY KEY (level, number)
);

-- Checkpoints that the HSM signed (C2SP tlog-checkpoint), with the lines of the witnesses that cosigned.
CREATE TABLE tree_checkpoint (
    size      BIGINT NOT NULL PRIMARY KEY CHECK (size > 0), -- entries
    signed_at BIGINT NOT NULL, -- microseconds
    witnesses BIGINT NOT NULL, -- how many cosigned
    note      TEXT NOT NULL
);
