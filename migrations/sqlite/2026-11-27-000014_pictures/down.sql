DROP TABLE picture;
DROP TABLE picture_file;
