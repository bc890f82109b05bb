-- What each turn used, stored with the event that ends it. day counts from 1970-01-01 (UTC); cost is in micro-dollars; unpriced is 1 where a
-- part of the cost is unknown.
CREATE TABLE turn_usage (
    turn                  TEXT    NOT NULL PRIMARY KEY,
    workspace             TEXT    NOT NULL,
    day                   BIGINT  NOT NULL,
    principal             TEXT    NOT NULL,
    session               TEXT    NOT NULL,
    model                 TEXT    NOT NULL,
    model_calls           BIGINT  NOT NULL,
    input_tokens          BIGINT  NOT NULL,
    output_tokens         BIGINT  NOT NULL,
    cache_read_tokens     BIGINT  NOT NULL,
    cache_creation_tokens BIGINT  NOT NULL,
    cost                  BIGINT  NOT NULL,
    unpriced              INTEGER NOT NULL
);

CREATE INDEX turn_usage_workspace ON turn_usage (workspace, day);
