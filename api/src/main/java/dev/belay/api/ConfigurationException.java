package dev.belay.api;

/** The configuration or the command line does not allow a start. The message names the key and what it may be. */
public final class ConfigurationException extends BelayException {
    private static final long serialVersionUID = 1;

    public ConfigurationException(String message) {
        super("configuration", message);
    }
}
