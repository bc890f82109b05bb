package dev.belay.server.config;

import java.util.Locale;

/**
 * One thing that can be configured.
 *
 * @param key section and name, for example {@code server.port}
 * @param standard what it is when nobody says otherwise, as text
 */
record Setting<T>(String key, Kind<T> kind, String standard) {
    /** The environment variable that sets it, for example {@code BELAY_SERVER_PORT}. */
    String variable() {
        return "BELAY_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    /** Whether a password may be in it, so that its value is never told. */
    boolean isSecret() {
        return section().equals("store");
    }

    String section() {
        return key.substring(0, key.indexOf('.'));
    }
}
