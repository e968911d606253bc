-- What each 1,024 entries hold, so that a search and a count over the whole log read one row for them, and no index is on
-- the way of a signature. Made from the entries afterwards; a row that is missing, or whose seal is wrong, is made anew from
-- them, so the table may be emptied at any time.
CREATE TABLE audit_block (
    number  BIGINT  NOT NULL PRIMARY KEY CHECK (number >= 0), -- of entries 1024 * number and on
    from_at BIGINT  NOT NULL,                                  -- the earliest time and the latest one, microseconds
    to_at   BIGINT  NOT NULL,
    terms   BYTEA NOT NULL CHECK (octet_length(terms) % 4 = 0),       -- what can be searched for, 4 bytes of a hash each, ascending
    signed  BYTEA NOT NULL CHECK (octet_length(signed) % 32 = 0),     -- hour (8 bytes), agency (16), signatures (8), of each
    used    BYTEA NOT NULL CHECK (octet_length(used) % 16 = 0),       -- credentials that signed
    seal    BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

-- What waits for a signer, as it is to be decided: the most urgent first, then what is wanted soonest, then what came first.
CREATE INDEX approval_to_decide ON approval (person_id, (-urgency), (coalesce(due_at, 9223372036854775807)), submitted_at, id)
    WHERE state IN ('opened', 'waiting');
