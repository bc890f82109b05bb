package dev.belay.agent.dial;

import java.io.IOException;
import java.net.IDN;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Connects to hosts that somebody else named. A name is resolved once, and what is dialled is one of the addresses that were looked at, so that a
 * name that points elsewhere a moment later gains nothing. Each connection is judged anew.
 */
public final class Dialler {
    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    private final Set<String> allowed;
    private final Resolver resolver;
    private final SSLSocketFactory tls;

    /** Finds the addresses of a name. */
    public interface Resolver {
        List<InetAddress> addresses(String host) throws IOException;
    }

    /** The address may not be dialled; the message says what to do. */
    public static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    /** @param allowed hosts, as {@code name} or {@code name:port}, that are dialled wherever they are */
    public Dialler(Set<String> allowed) {
        this(allowed, host -> List.of(InetAddress.getAllByName(host)), (SSLSocketFactory)
                SSLSocketFactory.getDefault());
    }

    public Dialler(Set<String> allowed, Resolver resolver, SSLSocketFactory tls) {
        this.allowed = Set.copyOf(allowed);
        this.resolver = resolver;
        this.tls = tls;
    }

    /**
     * A connection to the host and port of an {@code http} or {@code https} address, with TLS for the latter.
     *
     * @param patience for the connection, and then for each read
     * @throws RefusedException if all addresses of the host are inside and it is not allowed
     */
    public Socket connect(URI uri, Duration patience) throws IOException {
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        String host = host(uri);
        int port = uri.getPort() >= 0 ? uri.getPort() : secure ? HTTPS : HTTP;
        Socket plain = new Socket();
        try {
            plain.connect(new InetSocketAddress(address(host, port), port), millis(patience));
            plain.setSoTimeout(millis(patience));
            plain.setTcpNoDelay(true);
            return secure ? secured(plain, host, port) : plain;
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    private InetAddress address(String host, int port) throws IOException {
        List<InetAddress> addresses = resolver.addresses(host);
        boolean anywhere = allowed.contains(host) || allowed.contains(host + ":" + port);
        return addresses.stream()
                .filter(address -> anywhere || Outside.has(address))
                .findFirst()
                .orElseThrow(() -> new RefusedException(host + " is an address of this machine or of its own network,"
                        + " which requests do not reach; the operator can allow it in mcp.allowed_hosts"));
    }

    private Socket secured(Socket plain, String host, int port) throws IOException {
        SSLSocket socket = (SSLSocket) tls.createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** One spelling for each name: lower case, no dot at the end, ASCII, no brackets. */
    private static String host(URI uri) throws IOException {
        String host = uri.getHost();
        if (host == null || host.isEmpty()) {
            throw new IOException("there is no host in " + uri);
        }
        if (host.startsWith("[")) {
            return host.substring(1, host.length() - 1);
        }
        try {
            String ascii = IDN.toASCII(host).toLowerCase(Locale.ROOT);
            return ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
        } catch (IllegalArgumentException e) {
            throw new IOException(host + " is no name of a host", e);
        }
    }

    private static int millis(Duration time) {
        return Math.toIntExact(Math.max(1, time.toMillis()));
    }
}
