-- What security officers must see, and what they saw. It holds few entries and costs a signature nothing: its own entries
-- are none of these.
CREATE INDEX audit_entry_watched ON audit_entry (sequence)
WHERE event IN ('alarm.acknowledged', 'alarm.raised', 'signature.disputed');

-- How far the officer's own system was told of alarms and disputes: one row, none before the first. It is moved on when
-- that system has answered, so nothing is lost by a crash; whoever sets it on silences the calls, and not the log.
CREATE TABLE alarm_call (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    place   INTEGER NOT NULL CHECK (place >= 0), -- every entry before it is told of
    tries   INTEGER NOT NULL, -- of the first after it
    next_at INTEGER NOT NULL -- microseconds
) STRICT;
