DROP TABLE client_grant;
DROP TABLE client_key;
DROP TABLE client;
