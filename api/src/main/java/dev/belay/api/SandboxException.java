package dev.belay.api;

import org.jspecify.annotations.Nullable;

/** A sandbox, or an operation in one, failed for a reason that is not the fault of the program run there. */
public final class SandboxException extends BelayException {
    private static final long serialVersionUID = 1;

    public SandboxException(String message) {
        this(message, null);
    }

    public SandboxException(String message, @Nullable Throwable cause) {
        super("sandbox_failed", message, cause);
    }
}
