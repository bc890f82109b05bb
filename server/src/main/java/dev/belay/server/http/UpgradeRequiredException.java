package dev.belay.server.http;

import dev.belay.api.BelayException;

/** A plain request to a path that is a WebSocket. */
final class UpgradeRequiredException extends BelayException {
    private static final long serialVersionUID = 1;

    UpgradeRequiredException() {
        super("upgrade_required", "this path is a WebSocket; send the request as its handshake (RFC 6455)");
    }
}
