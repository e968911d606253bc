DROP TABLE sealed_key;
DROP TABLE idempotency_result;
DROP TABLE idempotency;
DROP TABLE attempt_outcome;
DROP TABLE attempt;
DROP TABLE boot;
DROP TABLE policy_epoch;
