-- What was erased: nobody finds it again. complete is 0 while its events are still being deleted, a few at a time.
CREATE TABLE tombstone (
    id           TEXT   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL,
    organisation TEXT   NOT NULL,
    workspace    TEXT   NOT NULL,
    erased       BIGINT NOT NULL,
    complete     INTEGER NOT NULL
);

CREATE INDEX tombstone_open ON tombstone (erased) WHERE complete = 0;

-- How many bytes the bodies of a session's events take, up to the event with the seq counted. For retention.
ALTER TABLE session ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;
