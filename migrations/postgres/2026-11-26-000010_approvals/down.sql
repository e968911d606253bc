DROP TABLE callback_due;
DROP TABLE client_callback;
DROP TABLE approval;
