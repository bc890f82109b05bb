package dev.belay.sandbox.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belay.api.SandboxId;
import dev.belay.api.Scope;
import dev.belay.api.event.SandboxEvent;
import dev.belay.sandbox.ExecOutput;
import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.SandboxLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server leaves that is killed with live sandboxes, and how the next one finds it. */
@Tag("sandbox-faults")
class KilledServerTest {
    private static final int SANDBOXES = "full".equals(System.getProperty("belay.suite")) ? 200 : 12;
    private static final Scope SCOPE = Registry.scope("w", "tester");

    @TempDir
    Path root;

    /** Runs sandboxes, with programs in them, until it is killed. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws Exception {
            Registry registry = new Registry(Path.of(arguments[0]));
            for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
                SandboxId id =
                        registry.lifecycle.create(SCOPE, Registry.request()).id();
                registry.run(SCOPE, id, "mkdir d; head -c 20000 /dev/urandom > d/f; echo " + id + " > /tmp/id");
                registry.lifecycle
                        .use(SCOPE, id)
                        .start(ExecSpec.shell("setsid sleep 1000 & sleep 1000"), ExecOutput.NONE);
            }
            registry.sandboxes.create(SCOPE, List.of(), SandboxLimits.DEFAULT);
            registry.database.write(_ -> true);
            System.out.println("ready");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fiveSecondsAfterTheNextStartNothingRunsAndEverySandboxIsStoppedWithItsFiles(boolean helperToo)
            throws Exception {
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        root.toString(),
                        Integer.toString(SANDBOXES))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = server.inputReader()) {
            while (!"ready".equals(said.readLine())) {
                assertThat(server.isAlive()).isTrue();
            }
            List<ProcessHandle> helpers = server.children().toList();
            Map<String, String> before = trees();
            assertThat(processesBeneath(root)).hasSizeGreaterThan(2 * SANDBOXES);
            if (helperToo) {
                helpers.forEach(ProcessHandle::destroyForcibly);
            }
            server.destroyForcibly().waitFor();

            long start = System.nanoTime();
            try (Registry registry = new Registry(root)) {
                await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                    assertThat(processesBeneath(root)).isEmpty();
                    assertThat(groupsOf(helpers)).isEmpty();
                    try (Stream<Path> directories = Files.list(root.resolve("sandboxes"))) {
                        assertThat(directories).hasSize(SANDBOXES);
                    }
                });
                System.out.printf(
                        "%d sandboxes cleaned up in %d ms%n", SANDBOXES, (System.nanoTime() - start) / 1_000_000);
                List<KeptSandbox> left = registry.lifecycle.list(SCOPE);
                assertThat(left).hasSize(SANDBOXES).allMatch(one -> one.state() == SandboxState.STOPPED);
                assertThat(before).containsAllEntriesOf(trees());
                SandboxId first = left.getFirst().id();
                registry.lifecycle.start(SCOPE, first);
                assertThat(registry.run(SCOPE, first, "cat /tmp/id; wc -c < d/f")
                                .stdout()
                                .text())
                        .isEqualTo(first + "\n20000\n");
                assertThat(registry.events(SCOPE, first)).contains(new SandboxEvent.Stopped("the server stopped"));
            }
        } finally {
            server.destroyForcibly();
        }
    }

    /** The hash of each sandbox's files. */
    private Map<String, String> trees() throws IOException, InterruptedException {
        Map<String, String> trees = new HashMap<>();
        try (DirectoryStream<Path> sandboxes = Files.newDirectoryStream(root.resolve("sandboxes"))) {
            for (Path sandbox : sandboxes) {
                trees.put(sandbox.getFileName().toString(), SandboxLifecycleTest.tree(sandbox));
            }
        }
        return trees;
    }

    /** Processes in whose mounts a path beneath the directory shows: all that run in its sandboxes, and what holds their mounts. */
    private static List<String> processesBeneath(Path directory) throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    if (Files.readString(process.resolve("mountinfo")).contains(directory + "/sandboxes/")) {
                        found.add(process.getFileName().toString());
                    }
                } catch (IOException e) {
                    // Ended meanwhile.
                }
            }
        }
        return found;
    }

    private static List<String> groupsOf(List<ProcessHandle> helpers) throws IOException, InterruptedException {
        List<String> groups = new ArrayList<>();
        for (ProcessHandle helper : helpers) {
            Process find = new ProcessBuilder(
                            "find", "/sys/fs/cgroup", "-maxdepth", "5", "-name", "belay-" + helper.pid() + "-*")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            find.inputReader().lines().forEach(groups::add);
            find.waitFor();
        }
        return groups;
    }
}
