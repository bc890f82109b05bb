package dev.belay.agent.dial;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutsideTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "0.0.0.0",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "100.100.100.200",
                "168.63.129.16",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "fe80::1",
                "fec0::1",
                "fd00:ec2::254",
                "fc00::1",
                "ff02::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::127.0.0.1",
                "64:ff9b::a00:1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::1",
                "2002:7f00:1::1",
                "2002:a9fe:a9fe::1",
                "2001::1",
            })
    void whatIsInside(String address) {
        assertThat(Outside.has(InetAddress.ofLiteral(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "93.184.215.14",
                "172.15.0.1",
                "172.32.0.1",
                "100.63.0.1",
                "192.167.1.1",
                "2606:2800:21f:cb07::1",
                "64:ff9b::5db8:d70e",
                "2002:5db8:d70e::1",
            })
    void whatIsOutside(String address) {
        assertThat(Outside.has(InetAddress.ofLiteral(address), List.of())).isTrue();
    }

    @Test
    void anAddressOfThisMachineIsInsideWhereverItIs() {
        InetAddress mine = InetAddress.ofLiteral("93.184.215.14");

        assertThat(Outside.has(mine, List.of(mine))).isFalse();
        assertThat(Outside.has(InetAddress.ofLiteral("::ffff:93.184.215.14"), List.of(mine)))
                .isFalse();
        assertThat(Outside.has(InetAddress.ofLiteral("64:ff9b::5db8:d70e"), List.of(mine)))
                .isFalse();
    }
}
