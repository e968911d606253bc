DROP TABLE used_assertion;
DROP TABLE refresh_token;
DROP TABLE token_family;
DROP TABLE revoked_family;
DROP TABLE revoked_token;
