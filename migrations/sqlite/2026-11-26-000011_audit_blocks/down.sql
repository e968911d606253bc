DROP INDEX approval_to_decide;
DROP TABLE audit_block;
