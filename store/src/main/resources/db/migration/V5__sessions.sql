-- What a session may do beyond its first turn. options is the JSON of what it was created with; a run (ephemeral) gives its files up when its
-- sandbox was idle for too long; resume says what becomes of the open turn when the server dies; expires ends the session for good.
ALTER TABLE session ADD COLUMN options TEXT;
ALTER TABLE session ADD COLUMN ephemeral INTEGER NOT NULL DEFAULT 1;
ALTER TABLE session ADD COLUMN resume INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN expires BIGINT;

CREATE UNIQUE INDEX session_name ON session (workspace, name) WHERE name IS NOT NULL AND state <> 'deleted';

-- Turns that wait for the one before them, oldest first. The prompt is as the log holds it.
CREATE TABLE queued_turn (
    id        ${identity},
    session   TEXT NOT NULL,
    turn      TEXT NOT NULL UNIQUE,
    principal TEXT NOT NULL,
    prompt    TEXT NOT NULL,
    options   TEXT NOT NULL
);

CREATE INDEX queued_turn_session ON queued_turn (session, id);

-- A kept sandbox that belongs to a session is found by it, and is no one else's to list.
ALTER TABLE sandbox ADD COLUMN session TEXT;

CREATE INDEX sandbox_session ON sandbox (session) WHERE session IS NOT NULL;
