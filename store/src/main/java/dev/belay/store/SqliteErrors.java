package dev.belay.store;

import dev.belay.api.BelayException;
import dev.belay.api.StorageException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Turns what SQLite throws into errors that a person can act on. */
final class SqliteErrors {
    private SqliteErrors() {}

    static BelayException translate(String doing, Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof BelayException told) {
                return told;
            }
            if (t instanceof SQLiteException sqlite) {
                return translate(doing, sqlite.getResultCode(), thrown);
            }
        }
        return new StorageException("storage_failed", doing + ": " + lastMessage(thrown), thrown);
    }

    private static StorageException translate(String doing, @Nullable SQLiteErrorCode code, Throwable thrown) {
        if (isFull(code)) {
            return new StorageException(
                    "storage_full",
                    doing + ": the disk is full; free space in the data directory and try again",
                    thrown);
        }
        if (code == SQLiteErrorCode.SQLITE_NOTADB || code == SQLiteErrorCode.SQLITE_CORRUPT) {
            return new StorageException(
                    "storage_damaged",
                    doing + ": the database file is damaged; restore a backup (" + lastMessage(thrown) + ")",
                    thrown);
        }
        return new StorageException("storage_failed", doing + ": " + lastMessage(thrown), thrown);
    }

    /** Whether a unit failed because of the database and not because of what it meant to do. */
    static boolean isStorage(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLiteException) {
                return true;
            }
        }
        return false;
    }

    /** SQLite reports a full disk as FULL, or as a failed write or sync when the space ends between two of its calls. */
    private static boolean isFull(@Nullable SQLiteErrorCode code) {
        return code == SQLiteErrorCode.SQLITE_FULL
                || code == SQLiteErrorCode.SQLITE_IOERR_WRITE
                || code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE;
    }

    /** What lies deepest says what is wrong; what is wrapped around it recites the statement and the values that were bound to it. */
    private static String lastMessage(Throwable thrown) {
        Throwable deepest = thrown;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String message = deepest.getMessage();
        return message == null ? deepest.getClass().getSimpleName() : message;
    }
}
