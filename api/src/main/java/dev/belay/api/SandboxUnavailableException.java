package dev.belay.api;

/** This host cannot give the isolation that was asked for. The message names what is missing and what to do. */
public final class SandboxUnavailableException extends BelayException {
    private static final long serialVersionUID = 1;

    public SandboxUnavailableException(String message) {
        super("sandbox_unavailable", message);
    }
}
