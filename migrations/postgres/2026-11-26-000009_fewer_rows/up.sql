-- Fewer rows for a signature.

-- What opens the commitments of an entry lies in one row: JSON, field to salt (hex) and value. To erase one, delete the
-- row and insert what is left of it; the entry stays provable.
ALTER TABLE audit_opening RENAME TO audit_opening_before;
CREATE TABLE audit_opening (
    sequence BIGINT NOT NULL PRIMARY KEY,
    openings TEXT NOT NULL
);
INSERT INTO audit_opening
SELECT sequence, json_object_agg(field, json_build_object('salt', encode(salt, 'hex'), 'value', convert_from(value, 'UTF8')))
FROM audit_opening_before GROUP BY sequence;
DROP TABLE audit_opening_before;
CREATE TRIGGER no_update BEFORE UPDATE ON audit_opening FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER no_update;

-- `state` and `signatures` are kept for a retry, where the call had an Idempotency-Key.
ALTER TABLE attempt_outcome
    ADD COLUMN state TEXT CHECK (state IN ('signed', 'not_attempted', 'unknown')),
    ADD COLUMN signatures BYTEA,
    ADD CHECK ((state IS NULL) = (signatures IS NULL)),
    DISABLE TRIGGER append_only;
UPDATE attempt_outcome AS ended SET state = kept.state, signatures = kept.signatures
FROM idempotency_result AS kept WHERE kept.request_id = ended.request_id;
ALTER TABLE attempt_outcome ENABLE ALWAYS TRIGGER append_only;
DROP TABLE idempotency_result;

-- What is given back may be a part of a run, so it refers to no single row any more.
ALTER TABLE release DROP CONSTRAINT release_grant_id_ordinal_turn_fkey;

-- A row stands for `span` uses from `ordinal` on. Only uses of a count are joined so: each hash of a hash-bound SAD has a
-- row, and the primary key lets it be used once, whoever writes.
ALTER TABLE consumption ADD COLUMN span BIGINT NOT NULL DEFAULT 1 CHECK (span > 0);

-- The upkeep removes families that ended, and their tokens.
CREATE INDEX token_family_expiry ON token_family (expires_at);
CREATE INDEX refresh_token_family ON refresh_token (family_id);
CREATE INDEX revoked_family_time ON revoked_family (revoked_at);
