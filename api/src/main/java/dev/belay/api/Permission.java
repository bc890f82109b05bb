package dev.belay.api;

import java.util.Locale;

/** What an API key may do. */
public enum Permission {
    /** Start and steer agent runs. */
    RUN,
    /** Read sessions, events and usage. */
    READ,
    /** Answer an agent's request for approval. */
    APPROVE,
    /** Create and use sandboxes directly. */
    SANDBOX,
    /** Use the snippet library. */
    LIBRARY,
    /** Push conversations of outside agents. */
    COLLECT,
    /** Manage workspaces, keys and settings of the organisation. */
    ADMIN;

    /** The word used on the wire, in SQL and on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The permission of that word; {@link InvalidRequestException} naming the known ones if there is none. */
    public static Permission of(String word) {
        for (Permission p : values()) {
            if (p.word().equals(word)) {
                return p;
            }
        }
        throw new InvalidRequestException(
                "permissions",
                "unknown permission \"" + word + "\"; known are run, read, approve, sandbox, library, collect, admin");
    }
}
