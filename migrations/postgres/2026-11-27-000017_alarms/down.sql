DROP TABLE alarm_call;
DROP INDEX audit_entry_watched;
