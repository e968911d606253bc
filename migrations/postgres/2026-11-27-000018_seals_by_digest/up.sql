-- What a seal is for: outgoing documents, which the server reads itself, or whatever a system vouches for by its digest.
-- Never both, whatever purpose is named. Seals from before are for documents; the credential's seal covers the column where
-- it is set, so that theirs still fit.
ALTER TABLE credential ADD COLUMN by_digest BOOLEAN NOT NULL DEFAULT false;
