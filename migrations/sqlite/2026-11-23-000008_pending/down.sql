DROP TABLE pending_change;
