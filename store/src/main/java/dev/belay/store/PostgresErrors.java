package dev.belay.store;

import dev.belay.api.BelayException;
import dev.belay.api.StorageException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Turns what PostgreSQL and its driver throw into errors that a person can act on. */
final class PostgresErrors {
    private final PostgresAddress address;

    PostgresErrors(PostgresAddress address) {
        this.address = address;
    }

    BelayException translate(String doing, Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof BelayException told) {
                return told;
            }
            if (t instanceof PSQLException refused) {
                return translate(doing, refused, thrown);
            }
        }
        return lost(thrown)
                ? new StorageException("storage_unavailable", doing + ": PostgreSQL does not answer: " + thrown, thrown)
                : new StorageException("storage_failed", doing + ": " + thrown, thrown);
    }

    private StorageException translate(String doing, PSQLException refused, Throwable thrown) {
        String message = message(refused);
        String state = String.valueOf(refused.getSQLState());
        if (isLost(state)) {
            return new StorageException(
                    "storage_unavailable",
                    doing + ": PostgreSQL at " + address + " does not answer (" + message + "); try again when it does",
                    thrown);
        }
        if (state.startsWith("28") || state.startsWith("3D") || state.equals("42501")) {
            return new StorageException(
                    "storage_unavailable",
                    doing + ": PostgreSQL at " + address + " refuses "
                            + address.user().map(u -> "the user " + u).orElse("the user") + " (" + message
                            + "); check store.url, store.user and the password",
                    thrown);
        }
        if (state.equals("53100")) {
            return new StorageException(
                    "storage_full", doing + ": the disk of PostgreSQL is full; free space there and try again", thrown);
        }
        return new StorageException("storage_failed", doing + ": " + message, thrown);
    }

    /** What the server says without the values of the row, or what the driver says of a connection. */
    private static String message(PSQLException refused) {
        return Optional.ofNullable(refused.getServerErrorMessage())
                .map(ServerErrorMessage::getMessage)
                .orElseGet(() -> refused.getMessage() + (refused.getCause() == null ? "" : " " + refused.getCause()));
    }

    /** Whether the connection is gone, or none was to be had. */
    static boolean lost(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql && isLost(String.valueOf(sql.getSQLState()))) {
                return true;
            }
        }
        return thrown instanceof SQLTransientConnectionException;
    }

    /** Connection exceptions, a server that shuts down, crashed or starts, and one that takes no more connections. */
    private static boolean isLost(String state) {
        return state.startsWith("08") || state.startsWith("57P") || state.equals("53300");
    }

    static boolean isStorage(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLException) {
                return true;
            }
        }
        return false;
    }
}
