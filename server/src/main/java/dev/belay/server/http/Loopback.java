package dev.belay.server.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** What counts as this machine. */
public final class Loopback {
    private static final Pattern IPV4 = Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");

    private Loopback() {}

    /** Whether a {@code Host} header, with or without a port, names this machine. Names are not resolved: that is what rebinding abuses. */
    static boolean isHostHeader(String host) {
        String name = PORT.matcher(host).replaceFirst("");
        return name.equals("localhost") || isLiteral(name);
    }

    /** Whether a {@code Host} header, with or without a port, names that host or address. */
    static boolean isSameHost(String header, String host) {
        String name = PORT.matcher(header).replaceFirst("");
        return name.equalsIgnoreCase(host) || name.equalsIgnoreCase("[" + host + "]");
    }

    /** Whether an address, as text, is a loopback address. */
    static boolean isLiteral(String address) {
        String bare =
                address.startsWith("[") && address.endsWith("]") ? address.substring(1, address.length() - 1) : address;
        return IPV4.matcher(bare).matches() || bare.equals("::1") || bare.equals("0:0:0:0:0:0:0:1");
    }

    /** Whether a server that listens there listens on all addresses of the machine. */
    static boolean isWildcard(String host) {
        try {
            return InetAddress.getByName(host).isAnyLocalAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Whether a server that listens there can be reached from this machine only. */
    public static boolean isListenAddress(String host) {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (!address.isLoopbackAddress()) {
                    return false;
                }
            }
            return true;
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
