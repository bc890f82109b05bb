package dev.belay.agent.dial;

import dev.belay.api.AddressRange;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which addresses are outside: neither this machine nor its neighbours, nor those at which clouds tell secrets about a machine. What is an IPv4
 * address in IPv6 clothes is judged as that IPv4 address.
 */
final class Outside {
    private static final List<AddressRange> INSIDE = Stream.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    "168.63.129.16",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                    "::/127",
                    "64:ff9b:1::/48",
                    "100::/64",
                    "2001::/23",
                    "fc00::/7",
                    "fe80::/10",
                    "fec0::/10",
                    "ff00::/8")
            .map(text -> AddressRange.of(text).orElseThrow())
            .toList();

    /** A range of IPv6 addresses that hold an IPv4 address, and at which byte. */
    private record Clothes(AddressRange range, int at) {}

    private static final List<Clothes> CLOTHES = List.of(
            new Clothes(AddressRange.of("::/96").orElseThrow(), 12),
            new Clothes(AddressRange.of("64:ff9b::/96").orElseThrow(), 12),
            new Clothes(AddressRange.of("2002::/16").orElseThrow(), 2));

    private Outside() {}

    /** Whether an address may be dialled for somebody else. */
    static boolean has(InetAddress address) {
        return has(address, ownAddresses());
    }

    static boolean has(InetAddress address, List<InetAddress> own) {
        return INSIDE.stream().noneMatch(range -> range.contains(address))
                && !own.contains(address)
                && within(address).map(inner -> has(inner, own)).orElse(true);
    }

    private static Optional<InetAddress> within(InetAddress address) {
        return CLOTHES.stream()
                .filter(clothes -> clothes.range().contains(address))
                .map(clothes -> v4(Arrays.copyOfRange(address.getAddress(), clothes.at(), clothes.at() + 4)))
                .findFirst();
    }

    private static InetAddress v4(byte[] bytes) {
        try {
            return Inet4Address.getByAddress(bytes);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A public address of this machine reaches what listens here, as loopback does. */
    private static List<InetAddress> ownAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .toList();
        } catch (SocketException e) {
            throw new IllegalStateException("the addresses of this machine are not known", e);
        }
    }
}
