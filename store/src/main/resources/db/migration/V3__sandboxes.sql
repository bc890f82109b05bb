-- A sandbox may outlive what runs in it: what it was made of, so that it can be started again, and when it ends unless it is used.

-- 1: stays until somebody destroys it or its deadline passes. 0: belongs to a session and goes with it.
ALTER TABLE sandbox ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sandbox ADD COLUMN principal TEXT NOT NULL DEFAULT '';
-- JSON: name, language, labels, limits, project directories, how long it may be idle.
ALTER TABLE sandbox ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE sandbox ADD COLUMN used BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sandbox ADD COLUMN stop_at BIGINT;
ALTER TABLE sandbox ADD COLUMN destroy_at BIGINT;

CREATE INDEX sandbox_kept ON sandbox (workspace, created) WHERE kept = 1;
CREATE INDEX sandbox_stop_at ON sandbox (stop_at) WHERE stop_at IS NOT NULL;
CREATE INDEX sandbox_destroy_at ON sandbox (destroy_at) WHERE destroy_at IS NOT NULL;
