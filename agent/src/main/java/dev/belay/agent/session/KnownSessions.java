package dev.belay.agent.session;

import dev.belay.api.GoneException;
import dev.belay.api.NotFoundException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.store.Database;
import dev.belay.store.View;

/** Finds sessions for those who may see them. */
record KnownSessions(Database database) {
    /** @throws NotFoundException if the scope's workspace has no such session, or it is deleted */
    SessionStore.Row find(Scope scope, SessionId session) {
        return database.read(view -> find(view, scope, session));
    }

    /** As above, on a view that shows more of it. */
    static SessionStore.Row find(View view, Scope scope, SessionId session) {
        return SessionStore.find(view, scope, session)
                .orElseThrow(() -> new NotFoundException("there is no session " + session));
    }

    /** As above; @throws GoneException if it has expired */
    SessionStore.Row usable(Scope scope, SessionId session) {
        SessionStore.Row row = find(scope, session);
        if (row.state().equals("expired")) {
            throw new GoneException(
                    "session_expired", "the session " + session + " has expired; its events can still be read");
        }
        return row;
    }
}
