package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.sandbox.ExecResult;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every attack of part 1 of the catalogue is refused, and the probes that say so can tell the difference. */
class AttackTest {
    private static final String SOCKET =
            "belay-attack-test-" + ProcessHandle.current().pid();
    private static final List<String> HELD = new ArrayList<>();
    private static final List<String> FAILED = new ArrayList<>();
    private static final List<String> ELSEWHERE = new ArrayList<>();

    private static Lab lab;
    private static Path state;
    private static LocalSandbox sandbox;
    private static ServerSocket loopback;
    private static Process abstractListener;

    @BeforeAll
    static void listenOnTheHostAndBuildTheSandbox() throws IOException {
        loopback = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        abstractListener = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0' + sys.argv[1])\ns.listen()\n"
                                + "print('ready', flush=True)\nsys.stdin.read()",
                        SOCKET)
                .start();
        assertThat(abstractListener.inputReader().readLine()).isEqualTo("ready");
        lab = new Lab();
        state = lab.newDirectory();
        sandbox = lab.create(state, SandboxLimits.DEFAULT);
        sandbox.files()
                .write("/tmp/probe/probe.py", AttackCase.resource("probe.py").getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void countAndCleanUp() throws IOException, InterruptedException {
        System.out.printf(
                "attacks: %d cases, %d held, %d failed %s, %d not applicable to this architecture %s%n",
                HELD.size() + FAILED.size() + ELSEWHERE.size(),
                HELD.size(),
                FAILED.size(),
                FAILED,
                ELSEWHERE.size(),
                ELSEWHERE);
        lab.close();
        loopback.close();
        abstractListener.getOutputStream().close();
        abstractListener.waitFor(5, TimeUnit.SECONDS);
        abstractListener.destroyForcibly();
    }

    static Stream<AttackCase> cases() {
        return AttackCase.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void isRefused(AttackCase attack) throws InterruptedException {
        String machine = System.getProperty("os.arch").replace("amd64", "x86_64");
        if (!attack.architecture().isEmpty() && !attack.architecture().equals(machine)) {
            ELSEWHERE.add(attack.id());
            return;
        }
        ExecResult result = run(attack);
        boolean held = attack.isHeldBy(result.stdout().text());
        (held ? HELD : FAILED).add(attack.id());
        assertThat(held)
                .as(
                        "%s: printed \"%s\", errors \"%s\"",
                        attack, result.stdout().text(), result.stderr().text())
                .isTrue();
    }

    private static ExecResult run(AttackCase attack) throws InterruptedException {
        String code = attack.codeFor(loopback.getLocalPort(), SOCKET);
        ExecSpec spec = attack.kind().equals("py")
                ? ExecSpec.of(
                        "/usr/bin/python3",
                        "-c",
                        "import sys; sys.path.insert(0, '/tmp/probe')\nfrom probe import *\n" + code)
                : ExecSpec.of("/bin/sh", "-c", code);
        return sandbox.run(spec.withTimeout(Duration.ofSeconds(30)));
    }

    @Test
    void theHostsListenersAreReallyThere() throws IOException, InterruptedException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), loopback.getLocalPort())) {
            assertThat(socket.isConnected()).isTrue();
        }
        Process connect = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        "import socket, sys; socket.socket(1, 1).connect('\\0' + sys.argv[1])",
                        SOCKET)
                .start();
        assertThat(connect.waitFor()).isZero();
    }

    @Test
    void noFileOfTheWorkspaceOnTheHostIsSetId() throws IOException, InterruptedException {
        run(AttackCase.named("F15"));
        try (Stream<Path> files = Files.walk(state.resolve("workspace"))) {
            List<Path> regular = files.filter(Files::isRegularFile).toList();
            assertThat(regular).isNotEmpty();
            for (Path file : regular) {
                int mode = (int) Files.getAttribute(file, "unix:mode");
                assertThat(mode & 06000).as(file.toString()).isZero();
            }
        }
    }

    /** The same probes as a plain user without a sandbox, where these twelve get through: they can say both. */
    @ParameterizedTest
    @ValueSource(strings = {"K01", "K14", "K20", "K21", "K29", "K30", "K33", "N01", "N04", "N05", "N07", "N12"})
    void theProbeGetsThroughWhereThereIsNoWall(String id) throws IOException, InterruptedException {
        AttackCase attack = AttackCase.named(id);
        Path directory = Files.createTempDirectory("controls-");
        try {
            Files.setAttribute(directory, "unix:mode", 0755);
            Path control = Files.writeString(directory.resolve("control.py"), AttackCase.resource("control.py"));
            Files.writeString(directory.resolve("probe.py"), AttackCase.resource("probe.py"));
            Path code = Files.writeString(directory.resolve("case.py"), attack.codeFor(39391, SOCKET));
            Process process = new ProcessBuilder(
                            "unshare",
                            "--net",
                            "/usr/bin/python3",
                            control.toString(),
                            directory.toString(),
                            code.toString(),
                            "39391",
                            SOCKET)
                    .redirectErrorStream(true)
                    .start();
            String output = String.join("\n", process.inputReader().lines().toList());
            process.waitFor();
            assertThat(output).as(attack.toString()).contains("ESCAPED");
            assertThat(attack.isHeldBy(output)).isFalse();
        } finally {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    @Test
    void theCatalogueIsComplete() {
        assertThat(cases().map(AttackCase::id)).doesNotHaveDuplicates().hasSize(82);
    }
}
