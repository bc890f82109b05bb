package dev.belay.api;

import org.jspecify.annotations.Nullable;

/** The database or its disk failed; what was asked for was not done and not acknowledged. Code {@code storage_full} when space ran out. */
public final class StorageException extends BelayException {
    private static final long serialVersionUID = 1;

    public StorageException(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }
}
