ALTER TABLE authority DROP CONSTRAINT authority_kind_check;
ALTER TABLE authority ADD CONSTRAINT authority_kind_check CHECK (kind IN ('KT', 'Q', 'TL', 'TM', 'TUQ'));
DROP TABLE document_number;
