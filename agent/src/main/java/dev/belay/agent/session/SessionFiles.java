package dev.belay.agent.session;

import dev.belay.agent.change.FileChanges;
import dev.belay.agent.change.FilePicture;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.api.CapacityException;
import dev.belay.api.NotFoundException;
import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.StorageException;
import dev.belay.sandbox.Sandbox;
import dev.belay.sandbox.SandboxFiles;
import java.io.IOException;
import java.util.Optional;

/**
 * The files of sessions, for those who put a project in and take the result home. A session that hibernates is woken by it; what is done is
 * recorded as done by who asked. Safe for many threads.
 */
public final class SessionFiles {
    private final Sessions.Parts parts;
    private final KnownSessions known;
    private final Turns turns;
    private final LiveSessions live;

    SessionFiles(Sessions.Parts parts, Turns turns, LiveSessions live) {
        this.parts = parts;
        this.known = new KnownSessions(parts.database());
        this.turns = turns;
        this.live = live;
    }

    /**
     * A session's files in use; close it afterwards. While it is open the session neither hibernates nor, being a run, gives its files up.
     */
    public final class Open implements AutoCloseable {
        private final LiveSession session;
        private final Sandbox sandbox;

        private Open(LiveSession session, Sandbox sandbox) {
            this.session = session;
            this.sandbox = sandbox;
        }

        public SandboxFiles files() {
            return sandbox.files();
        }

        /** The path as the files take it: an absolute one as it is, another one beneath the session's working directory. */
        public String resolve(String path) {
            return session.context().resolve(path);
        }

        /** Where the session's own files, or its project's, begin; absolute. */
        public String root() {
            return session.root();
        }

        /** What is not as it was when the agent first used a tool. */
        public FileChanges changes() {
            try {
                return FileChanges.since(
                        FilePicture.read(session.picture()).orElseGet(() -> FilePicture.empty(root())), files());
            } catch (IOException e) {
                throw new StorageException("storage_failed", "the files' first state cannot be read", e);
            }
        }

        @Override
        public void close() {
            sandbox.close();
            live.leave(session);
        }
    }

    /**
     * Opens the files of a session as they are.
     *
     * @return empty if it has none, because nothing was put in and nothing has run in it
     * @throws NotFoundException if the scope's workspace has no such session
     * @throws dev.belay.api.GoneException if the session has expired
     */
    public Optional<Open> openIfAny(Scope scope, SessionId session) {
        SessionStore.Row row = known.usable(scope, session);
        boolean any = !row.options().workingDirectory().equals(RunOptions.WORKSPACE)
                || live.find(session).flatMap(LiveSession::sandbox).isPresent()
                || parts.lifecycle().of(scope, session).isPresent();
        return any ? Optional.of(open(scope, session)) : Optional.empty();
    }

    /** As above; a session that has no files yet gets a place for them. */
    public Open open(Scope scope, SessionId session) {
        SessionStore.Row row = known.usable(scope, session);
        LiveSession entered = live.enter(session, () -> turns.sessionOf(row));
        try {
            // Only now: whoever ended it before did not see that it is in use.
            known.usable(scope, session);
            SandboxId sandbox = woken(scope, entered).id();
            return new Open(entered, parts.lifecycle().use(scope, sandbox));
        } catch (RuntimeException | Error e) {
            live.leave(entered);
            throw e;
        }
    }

    /** As above, for a session that nobody else finds yet. */
    Open openNew(Scope scope, SessionStore.Row row) {
        LiveSession entered = live.enter(row.id(), () -> turns.sessionOf(row));
        try {
            return new Open(
                    entered,
                    parts.lifecycle().use(scope, entered.context().sandbox().id()));
        } catch (RuntimeException | Error e) {
            live.leave(entered);
            throw e;
        }
    }

    private Sandbox woken(Scope scope, LiveSession entered) {
        try {
            return entered.context().sandbox();
        } catch (IllegalStateException closed) {
            known.usable(scope, entered.id());
            throw new CapacityException("the session's sandbox is being taken down; try again");
        }
    }
}
