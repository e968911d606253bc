-- The audit log: the entry's bytes are the truth, every other column is a projection of them.
CREATE TABLE audit_entry (
    sequence      BIGINT NOT NULL PRIMARY KEY CHECK (sequence >= 0),
    entry         BYTEA NOT NULL CHECK (octet_length(entry) BETWEEN 2 AND 65535),
    leaf_hash     BYTEA NOT NULL CHECK (octet_length(leaf_hash) = 32),
    recorded_at   BIGINT NOT NULL,
    event         TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    request_id    BYTEA NOT NULL,
    actor_kind    TEXT NOT NULL,
    actor_id      BYTEA,
    client_id     BYTEA,
    agency_id     BYTEA,
    credential_id BYTEA,
    object_id     BYTEA,
    grant_id      BYTEA,
    reason        TEXT
) PARTITION BY RANGE (sequence);
-- Few and partial: this table is on the way of every signature.
CREATE INDEX audit_entry_object ON audit_entry (object_id, sequence) WHERE object_id IS NOT NULL;
CREATE INDEX audit_entry_grant ON audit_entry (grant_id, sequence) WHERE grant_id IS NOT NULL;

-- What opens the commitments of an entry; rows may be erased, the entry stays provable.
CREATE TABLE audit_opening (
    sequence BIGINT NOT NULL,
    field    TEXT NOT NULL,
    salt     BYTEA NOT NULL CHECK (octet_length(salt) = 32),
    value    BYTEA NOT NULL,
    PRIMARY KEY (sequence, field)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- ALWAYS: a session in replica mode skips ordinary triggers.
CREATE FUNCTION protect_rows(name TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', name);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER no_truncate', name);
END $$;

-- A statement trigger on the parent does not protect a partition that is addressed by its name.
CREATE FUNCTION add_audit_partition(number BIGINT) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name TEXT := format('audit_entry_%s', lpad(number::text, 4, '0'));
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF audit_entry FOR VALUES FROM (%s) TO (%s)',
                   name, number * 10000000, (number + 1) * 10000000);
    -- The row trigger is cloned from the parent, but not that it fires always.
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', name);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER no_truncate', name);
END $$;

SELECT protect_rows('audit_entry');
-- 160 million entries; the owner adds further ones with add_audit_partition(16), (17), ...
SELECT add_audit_partition(number) FROM generate_series(0, 15) AS number;

CREATE TRIGGER no_update BEFORE UPDATE ON audit_opening FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER no_update;
