-- The tree over the log (RFC 6962) as C2SP tlog-tiles: each row is a tile of up to 256 hashes, that of the right edge grows.
-- Made from the entries afterwards and believed only where a checkpoint's root comes out, so the table may be emptied at
-- any time.
CREATE TABLE tree_tile (
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
    number INTEGER NOT NULL CHECK (number >= 0), -- its place in its level, from 0
    hashes BLOB NOT NULL CHECK (length(hashes) % 32 = 0 AND length(hashes) BETWEEN 32 AND 8192),
    PRIMARY KEY (level, number)
) STRICT;

-- Checkpoints that the HSM signed (C2SP tlog-checkpoint), with the lines of the witnesses that cosigned.
CREATE TABLE tree_checkpoint (
    size      INTEGER NOT NULL PRIMARY KEY CHECK (size > 0), -- entries
    signed_at INTEGER NOT NULL, -- microseconds
    witnesses INTEGER NOT NULL, -- how many cosigned
    note      TEXT NOT NULL
) STRICT;
