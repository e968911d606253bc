-- Roles for a production database. Run once as a superuser, in the database of Kyso, with the
-- application's password set afterwards (\password kyso_app):
--
--     psql -d kyso -f ops/postgres/roles.sql          -- before and again after `kysod migrate`
--
-- kyso_owner owns every table and cannot log in; kyso_migrate logs in to run `kysod migrate`
-- (SET ROLE kyso_owner is its default); kyso_app is what `kysod serve` uses. It reads, it inserts
-- into named columns of the audit tables, and it can neither change nor remove a row of them.
-- It has nothing on the partitions: rows are reached through the parent, whose triggers hold.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kyso_owner') THEN
        CREATE ROLE kyso_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kyso_migrate') THEN
        CREATE ROLE kyso_migrate LOGIN NOINHERIT;
        GRANT kyso_owner TO kyso_migrate;
        ALTER ROLE kyso_migrate SET role = 'kyso_owner';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kyso_app') THEN
        CREATE ROLE kyso_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
    END IF;
END $$;

ALTER SCHEMA public OWNER TO kyso_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO kyso_app;

DO $$
DECLARE
    -- Rows of these are written once: the application may insert and read, no more.
    once CONSTANT TEXT[] := ARRAY['audit_entry', 'audit_opening', 'attempt', 'attempt_outcome',
        'idempotency', 'sealed_key', 'sad', 'stamping_session',
        'stamping_session_end', 'consumption', 'release', 'totp_step', 'document_number'];
    name TEXT;
    columns TEXT;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %I OWNER TO kyso_owner', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, kyso_app', name);
        CONTINUE WHEN EXISTS (SELECT FROM pg_inherits WHERE inhrelid = name::regclass);
        EXECUTE format('GRANT SELECT ON %I TO kyso_app', name);
        CONTINUE WHEN name LIKE '\_\_diesel%';
        IF name = ANY (once) THEN
            SELECT string_agg(quote_ident(a.attname), ', ') INTO columns
            FROM pg_attribute AS a
            WHERE a.attrelid = name::regclass AND a.attnum > 0 AND NOT a.attisdropped;
            EXECUTE format('GRANT INSERT (%s) ON %I TO kyso_app', columns, name);
        ELSE
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO kyso_app', name);
        END IF;
    END LOOP;
END $$;
-- What opens a commitment may be erased, by a person's right; the entry stays.
DO $$
BEGIN
    IF to_regclass('public.audit_opening') IS NOT NULL THEN
        GRANT DELETE ON audit_opening TO kyso_app;
    END IF;
END $$;
