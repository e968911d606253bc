-- Other names and places of an agency, each from a date on, as JSON; absent where nothing has changed or is planned.
-- Until then name and parent_id hold.
ALTER TABLE agency ADD COLUMN dated TEXT;
