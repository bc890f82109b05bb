package dev.belay.sandbox.registry;

import java.util.Locale;

/** Where a sandbox is in its life. Files are there in all states but the last two. */
public enum SandboxState {
    RUNNING,
    STOPPING,
    STOPPED,
    STARTING,
    DESTROYING,
    DESTROYED;

    /** The word used in SQL, events and errors. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static SandboxState of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
