package dev.belay.server.http;

import dev.belay.api.AddressRange;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;

/**
 * Takes a proxy's word for who called it and how ({@code X-Forwarded-For}, {@code -Proto} and {@code -Host}), if the configuration trusts that
 * proxy's address. From anyone else these headers say nothing.
 */
final class TrustedProxies implements HttpConfiguration.Customizer {
    private final List<AddressRange> trusted;

    TrustedProxies(List<AddressRange> trusted) {
        this.trusted = List.copyOf(trusted);
    }

    /** Whether a request says that it came through a proxy, trusted or not. A direct one has no reason to. */
    static boolean mentions(Context http) {
        return Collections.list(http.req().getHeaderNames()).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .anyMatch(name -> name.startsWith("x-forwarded-")
                        || name.equals("forwarded")
                        || name.equals("via")
                        || name.equals("x-real-ip"));
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        SocketAddress remote = request.getConnectionMetaData().getRemoteSocketAddress();
        if (!(remote instanceof InetSocketAddress address) || !isTrusted(address.getAddress())) {
            return request;
        }
        HttpFields headers = request.getHeaders();
        HttpURI.Mutable uri = HttpURI.build(request.getHttpURI());
        last(headers, "X-Forwarded-Proto")
                .filter(scheme -> scheme.equals("http") || scheme.equals("https"))
                .ifPresent(uri::scheme);
        last(headers, "X-Forwarded-Host").filter(TrustedProxies::isHost).ifPresent(uri::authority);
        return new Forwarded(request, uri.asImmutable(), client(headers).orElse(address));
    }

    /** The last that no trusted proxy is: what stands before it, whoever called could have written. */
    private Optional<InetSocketAddress> client(HttpFields headers) {
        List<String> hops = headers.getCSV("X-Forwarded-For", false);
        Optional<InetSocketAddress> client = Optional.empty();
        for (String hop : hops.reversed()) {
            Optional<InetAddress> address = AddressRange.of(hop.strip())
                    .filter(whole -> hop.indexOf('/') < 0)
                    .map(AddressRange::first);
            if (address.isEmpty()) {
                return client;
            }
            client = Optional.of(new InetSocketAddress(address.get(), 0));
            if (!isTrusted(address.get())) {
                return client;
            }
        }
        return client;
    }

    private boolean isTrusted(InetAddress address) {
        return trusted.stream().anyMatch(range -> range.contains(address));
    }

    /** The word of the proxy that is next to us. */
    private static Optional<String> last(HttpFields headers, String name) {
        List<String> values = headers.getCSV(name, false);
        return values.isEmpty()
                ? Optional.empty()
                : Optional.of(values.getLast().strip().toLowerCase(Locale.ROOT));
    }

    private static boolean isHost(String host) {
        return host.matches("([a-z0-9._-]{1,253}|\\[[0-9a-f:.]{2,45}])(:[0-9]{1,5})?");
    }

    /** The request as its client sent it. */
    private static final class Forwarded extends Request.Wrapper {
        private final HttpURI uri;
        private final HttpFields headers;
        private final ConnectionMetaData connection;

        Forwarded(Request request, HttpURI uri, InetSocketAddress client) {
            super(request);
            this.uri = uri;
            // The two have to agree.
            this.headers = HttpFields.build(request.getHeaders())
                    .put(HttpHeader.HOST, uri.getAuthority())
                    .asImmutable();
            this.connection = new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
                @Override
                public boolean isSecure() {
                    return "https".equals(uri.getScheme());
                }

                @Override
                public SocketAddress getRemoteSocketAddress() {
                    return client;
                }
            };
        }

        @Override
        public HttpURI getHttpURI() {
            return uri;
        }

        @Override
        public HttpFields getHeaders() {
            return headers;
        }

        @Override
        public boolean isSecure() {
            return connection.isSecure();
        }

        @Override
        public ConnectionMetaData getConnectionMetaData() {
            return connection;
        }
    }
}
