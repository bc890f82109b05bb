package dev.belay.agent.session;

import dev.belay.api.ConflictException;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.store.Tx;

/** What a session may be called: 1 to 200 characters without control characters, unique in its workspace (contract: Cloud Agent 1.2 row 9). */
final class SessionName {
    private static final int LONGEST = 200;

    private SessionName() {}

    static void check(String name) {
        if (name.isBlank() || name.length() > LONGEST || name.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidRequestException(
                    "session_name",
                    "session_name must have 1 to " + LONGEST
                            + " characters, not only spaces and no control characters");
        }
    }

    static void requireFree(Tx tx, Scope scope, String name, SessionId id) {
        if (SessionStore.nameTaken(tx, scope, name, id)) {
            throw new ConflictException(
                    "name_taken", "another session is named \"" + name + "\"; delete it or choose another name");
        }
    }
}
