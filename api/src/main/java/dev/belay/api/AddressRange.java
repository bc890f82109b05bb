package dev.belay.api;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Addresses that begin alike, as {@code 10.0.0.0/8}, or a single one.
 *
 * @param first any address of the range
 * @param prefix how many bits all addresses of the range share with it
 */
public record AddressRange(InetAddress first, int prefix) {
    public AddressRange {
        if (prefix < 0 || prefix > 8 * first.getAddress().length) {
            throw new IllegalArgumentException(
                    "a range of " + first.getHostAddress() + " cannot be " + prefix + " bits");
        }
    }

    /** The range of a text as {@code 10.0.0.0/8}, {@code fd00::/8} or {@code 192.0.2.1}; empty if it is none. Names are not resolved. */
    public static Optional<AddressRange> of(String text) {
        int slash = text.indexOf('/');
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int prefix = slash < 0 ? 8 * address.getAddress().length : Integer.parseInt(text.substring(slash + 1));
            return Optional.of(new AddressRange(address, prefix));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether the address is in the range. An address of the other family never is. */
    public boolean contains(InetAddress address) {
        byte[] mine = first.getAddress();
        byte[] other = address.getAddress();
        if (mine.length != other.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((mine[bit / 8] & mask) != (other[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** As it is written: {@code 10.0.0.0/8}. */
    @Override
    public String toString() {
        return first.getHostAddress() + "/" + prefix;
    }
}
