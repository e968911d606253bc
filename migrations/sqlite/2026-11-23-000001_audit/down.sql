DROP TABLE audit_opening;
DROP TABLE audit_entry;
