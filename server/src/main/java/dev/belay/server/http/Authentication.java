package dev.belay.server.http;

import dev.belay.api.MalformedRequestException;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.api.UnauthenticatedException;
import dev.belay.tenancy.Tenancy;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds out who calls. A key comes as {@code Authorization: Bearer KEY} or {@code X-API-Key: KEY}; a WebSocket in a browser, which can set
 * neither, offers it as a subprotocol, {@code belay.key.KEY} beside {@code belay}. In dev mode a request without a key is let
 * in if it comes from this machine to this machine, directly, and no foreign web page sent it. The token of the data directory stands for a key with
 * {@link #OF_LOCAL}, for the local command line; it opens no other route that needs one.
 */
public final class Authentication {
    private static final String KEY_PROTOCOL = WebSockets.SUBPROTOCOL + ".key.";

    /** What the local command line does in the default workspace: sessions, what their agents ask for, and sandboxes. */
    private static final Set<Permission> OF_LOCAL =
            EnumSet.of(Permission.RUN, Permission.READ, Permission.APPROVE, Permission.SANDBOX);

    private final Tenancy tenancy;
    private final Optional<Supplier<Scope>> dev;
    private final Supplier<Scope> local;
    private final byte[] localToken;
    private final String ownHost;

    /**
     * @param dev what a request without a key gets; empty outside of dev mode
     * @param local what the local command line gets on routes about sessions and sandboxes
     * @param localToken what the token file of the data directory holds
     * @param ownHost where the server listens, as it is configured
     */
    public Authentication(
            Tenancy tenancy, Optional<Supplier<Scope>> dev, Supplier<Scope> local, String localToken, String ownHost) {
        this.tenancy = tenancy;
        this.dev = dev;
        this.local = local;
        this.localToken = localToken.getBytes(StandardCharsets.US_ASCII);
        this.ownHost = ownHost;
    }

    /**
     * The scope for a route; empty if the route needs none.
     *
     * @throws UnauthenticatedException if there is no key or one that opens nothing
     * @throws dev.belay.api.ForbiddenException if the key lacks the route's permission
     */
    Optional<Scope> admit(Access access, Context http) {
        return switch (access) {
            case Access.Open _ -> Optional.empty();
            case Access.AnyKey _ -> Optional.of(scope(sentKey(http), http));
            case Access.LocalToken _ -> {
                requireLocalToken(http);
                yield Optional.empty();
            }
            case Access.Needs(var permission) -> {
                Optional<String> key = sentKey(http);
                boolean fromHere = OF_LOCAL.contains(permission) && isLocalToken(key, http);
                Scope scope = fromHere ? local.get() : scope(key, http);
                scope.require(permission);
                yield Optional.of(scope);
            }
        };
    }

    /** Whether the request would be let in for as long as it is not over, however long that is. Nothing of it is kept but its key. */
    Admission admission(Context http) {
        Optional<String> key = sentKey(http).filter(sent -> !isLocalToken(Optional.of(sent), http));
        return new Admission(
                () -> key.isEmpty() || tenancy.authenticate(key.get()).isPresent());
    }

    private Scope scope(Optional<String> key, Context http) {
        if (key.isPresent()) {
            return tenancy.authenticate(key.get())
                    .orElseThrow(() -> new UnauthenticatedException("this key is unknown, revoked or expired"));
        }
        if (dev.isEmpty()) {
            throw new UnauthenticatedException(
                    "this needs a key, as \"Authorization: Bearer KEY\" or \"X-API-Key: KEY\"; make one with belay"
                            + " keys create");
        }
        if (!overLoopback(http) || !ownOrigin(http) || TrustedProxies.mentions(http)) {
            throw new UnauthenticatedException(
                    "dev mode lets a request without a key in only from this machine, addressed to a loopback host,"
                            + " not through a proxy, and not from a web page of another origin");
        }
        return dev.get().get();
    }

    private static Optional<String> sentKey(Context http) {
        Optional<String> bearer = Optional.ofNullable(http.header("Authorization"))
                .map(Authentication::bearer)
                .filter(key -> !key.isEmpty());
        Optional<String> plain = Optional.ofNullable(http.header("X-API-Key")).map(String::strip);
        List<String> keys = Stream.of(bearer, plain, offeredKey(http))
                .flatMap(Optional::stream)
                .distinct()
                .toList();
        if (keys.size() > 1) {
            throw new MalformedRequestException("the request carries two different keys");
        }
        return keys.stream().findFirst();
    }

    private static Optional<String> offeredKey(Context http) {
        return Collections.list(http.req().getHeaders("Sec-WebSocket-Protocol")).stream()
                .flatMap(offered -> Stream.of(offered.split(",")))
                .map(String::strip)
                .filter(protocol -> protocol.startsWith(KEY_PROTOCOL))
                .map(protocol -> protocol.substring(KEY_PROTOCOL.length()))
                .findFirst();
    }

    /** Empty if nothing follows the scheme: so sends a client that was given no key (contract: CodeGraff 0.3, 6). */
    private static String bearer(String header) {
        String scheme = "bearer";
        String lower = header.strip().toLowerCase(Locale.ROOT);
        if (!lower.equals(scheme) && !lower.startsWith(scheme + " ")) {
            throw new UnauthenticatedException("the Authorization header must be \"Bearer KEY\"");
        }
        return header.strip().substring(scheme.length()).strip();
    }

    private boolean isLocalToken(Optional<String> key, Context http) {
        byte[] sent = key.orElse("").getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(sent, localToken)
                && (overLoopback(http) || overOwnAddress(http))
                && !TrustedProxies.mentions(http)
                && ownOrigin(http);
    }

    private void requireLocalToken(Context http) {
        if (!isLocalToken(sentKey(http), http)) {
            throw new UnauthenticatedException(
                    "this is for the belay command on the server's own machine, which reads a token from the data"
                            + " directory");
        }
    }

    private static boolean overLoopback(Context http) {
        String host = http.header("Host");
        return Loopback.isLiteral(http.req().getRemoteAddr()) && host != null && Loopback.isHostHeader(host);
    }

    /** A server that listens on one address alone is reached there by its own machine too, which then calls from that very address. */
    private boolean overOwnAddress(Context http) {
        String host = http.header("Host");
        return http.req().getRemoteAddr().equals(http.req().getLocalAddr())
                && host != null
                && Loopback.isSameHost(host, ownHost);
    }

    /** A browser names the page's origin; a page that this server did not serve must not act for the user. */
    static boolean ownOrigin(Context http) {
        String origin = http.header("Origin");
        StringBuffer url = http.req().getRequestURL();
        int path = http.req().getRequestURI().length();
        return origin == null || origin.contentEquals(url.delete(url.length() - path, url.length()));
    }
}
