package dev.belay.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "172.16.0.0/12, 172.31.255.255, true",
        "172.16.0.0/12, 172.32.0.0, false",
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "fd00::/8, fdab::1, true",
        "fd00::/8, fe80::1, false",
        "::/0, 127.0.0.1, false",
    })
    void aRangeHoldsTheAddressesThatBeginAlike(String range, String address, boolean within) {
        assertThat(AddressRange.of(range).orElseThrow().contains(InetAddress.ofLiteral(address)))
                .isEqualTo(within);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/x", "fd00::/129"})
    void whatIsNoRangeIsNone(String text) {
        assertThat(AddressRange.of(text)).isEmpty();
    }

    @Test
    void itIsWrittenAsItIsRead() {
        assertThat(AddressRange.of("10.0.0.0/8").orElseThrow()).hasToString("10.0.0.0/8");
    }
}
