ALTER TABLE credential DROP COLUMN by_digest;
