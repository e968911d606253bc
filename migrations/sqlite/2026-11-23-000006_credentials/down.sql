DROP TABLE credential_key;
DROP TABLE credential;
DROP TABLE certificate;
