package dev.belay.cli.serve;

import dev.belay.api.BelayException;

/** A server did not do what a command asked of it. */
public final class ServerException extends BelayException {
    private static final long serialVersionUID = 1;

    /** @param code the server's own, or {@code unreachable} */
    public ServerException(String code, String message) {
        super(code, message);
    }

    /** The server does not answer. */
    public static ServerException unreachable(String url, Exception why) {
        return new ServerException("unreachable", "the server at " + url + " does not answer: " + why);
    }
}
