DROP TABLE audit_stretch;
