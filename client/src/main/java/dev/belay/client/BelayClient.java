package dev.belay.client;

import dev.belay.client.http.ServerCertificate;
import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.http.ServerUnreachableException;
import dev.belay.client.http.Wire;
import dev.belay.client.sandbox.Sandboxes;
import dev.belay.client.session.Sessions;
import java.net.URI;
import java.util.Optional;

/**
 * A connection to a Belay. Calls block and are safe for many threads, best virtual ones. Nothing is retried but the reading of a
 * session's events: whoever calls knows whether a call may be made twice.
 *
 * <p>Every call throws {@link ServerRefusedException} with what the server answered, and {@link ServerUnreachableException} where there was
 * no answer, also where the calling thread was interrupted.
 */
public final class BelayClient implements AutoCloseable {
    private final Wire wire;

    private BelayClient(Wire wire) {
        this.wire = wire;
    }

    /**
     * A client with a key. Nothing is sent yet.
     *
     * @param url of the server, for example {@code https://belay.example}
     * @throws IllegalArgumentException if it is no {@code http} or {@code https} address
     */
    public static BelayClient connect(String url, String key) {
        return new BelayClient(new Wire(address(url), Optional.of(key), Optional.empty()));
    }

    /** A client with a key that takes the server's word only if it shows that very certificate, where one is given. */
    public static BelayClient connect(String url, String key, Optional<ServerCertificate> certificate) {
        return new BelayClient(new Wire(address(url), Optional.of(key), certificate));
    }

    /** A client without a key, for a server that needs none ({@code belay serve --dev}). */
    public static BelayClient connect(String url) {
        return new BelayClient(new Wire(address(url), Optional.empty(), Optional.empty()));
    }

    private static String address(String url) {
        URI uri = URI.create(url.strip());
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "the server's address must be like http://127.0.0.1:8000 and not " + url);
        }
        String text = uri.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** The sandboxes of the key's workspace. */
    public Sandboxes sandboxes() {
        return new Sandboxes(wire);
    }

    /** The sessions of the key's workspace. */
    public Sessions sessions() {
        return new Sessions(wire, Sessions.PATIENCE);
    }

    /** Breaks off what is under way. */
    @Override
    public void close() {
        wire.close();
    }
}
