package dev.belay.sandbox.tool;

/** A call that failed in a way that the program may see. It arrives there as a {@code ToolError} with this message. */
public class ToolCallException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean retryable;

    /** @param retryable whether the same call may work later */
    public ToolCallException(String message, boolean retryable) {
        super(message);
        this.retryable = retryable;
    }

    public boolean retryable() {
        return retryable;
    }

    /** What the program is told. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
