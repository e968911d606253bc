DROP TABLE audit_opening;
DROP TABLE audit_entry;

DROP FUNCTION add_audit_partition(BIGINT);
DROP FUNCTION protect_rows(TEXT);
DROP FUNCTION refuse_change();
