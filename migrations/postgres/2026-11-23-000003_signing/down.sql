DROP TABLE release;
DROP TABLE consumption;
DROP TABLE stamping_session_end;
DROP TABLE stamping_session;
DROP TABLE sad;
