DROP TABLE approval_file;
