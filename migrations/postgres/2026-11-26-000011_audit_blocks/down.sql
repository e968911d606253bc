DROP TABLE audit_block;
