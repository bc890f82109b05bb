package dev.belay.sandbox;

import java.util.Locale;

/** How strong the walls are. Named once; the same words in code, API and docs. Ordered from none to strongest. */
public enum IsolationLevel {
    /** This host cannot build the walls; nothing runs. */
    UNAVAILABLE,
    /** All walls stand, but limits hold per process only (no cgroup could be written). */
    RESTRICTED,
    /** All walls stand and limits hold for the sandbox as a whole. */
    FULL;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
