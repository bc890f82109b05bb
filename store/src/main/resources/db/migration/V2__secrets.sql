-- What a workspace has given into keeping, such as the key of a model provider, sealed with AES-256-GCM. The master key is never in here;
-- master tells which one sealed the row.
CREATE TABLE secret (
    workspace    TEXT   NOT NULL REFERENCES workspace (id),
    name         TEXT   NOT NULL,
    organisation TEXT   NOT NULL REFERENCES organisation (id),
    sealed       TEXT   NOT NULL,
    master       TEXT   NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (workspace, name)
);
