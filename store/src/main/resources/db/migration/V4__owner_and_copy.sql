-- The process that writes to a database which several can reach. Every commit counts on, under the process's own epoch: one that was replaced
-- finds another epoch and stores nothing more, and one whose connection broke in a commit sees whether it was stored. At most one row, id 1;
-- none on SQLite, whose data directory is locked.
CREATE TABLE store_owner (
    id      BIGINT NOT NULL PRIMARY KEY,
    epoch   BIGINT NOT NULL,
    commits BIGINT NOT NULL
);

-- How far a copy or a restore into this database has come, per table; rows are here only until it is complete, and nothing else opens the
-- database while there are any. last_key is JSON: the primary key of the last row that was copied.
CREATE TABLE store_copy (
    table_name TEXT   NOT NULL PRIMARY KEY,
    source     TEXT   NOT NULL,
    last_key   TEXT,
    copied     BIGINT NOT NULL
);
