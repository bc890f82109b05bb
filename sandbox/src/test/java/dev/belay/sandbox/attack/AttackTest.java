package dev.belay.sandbox.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.sandbox.attack.AttackCase.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole catalogue of attacks, on every level that this machine can make; and the probes that say so can tell the difference. The report
 * is {@code target/attacks.md}.
 */
@Tag("attacks")
class AttackTest {
    private static final Report REPORT = new Report();
    private static final Map<Level, CompletableFuture<List<LevelProcess.Line>>> RUNS = new EnumMap<>(Level.class);

    /** All levels at once: most of the time they wait. */
    @BeforeAll
    static void begin() {
        for (Level level : Level.all()) {
            RUNS.put(level, CompletableFuture.supplyAsync(() -> run(level), Thread::startVirtualThread));
        }
    }

    private static List<LevelProcess.Line> run(Level level) {
        try (LevelProcess process = new LevelProcess(level)) {
            return process.run(AttackRun.class);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @AfterAll
    static void report() throws IOException {
        System.out.println(REPORT.write(Path.of("target", "attacks.md")));
    }

    @ParameterizedTest
    @EnumSource(names = {"ROOT", "PLAIN_USER", "CONTAINER"})
    void nothingEscapes(Level level) throws Exception {
        for (LevelProcess.Line line : Objects.requireNonNull(RUNS.get(level)).get()) {
            REPORT.add(line.id(), level, line.verdict());
        }
        assertThat(REPORT.failures(level)).isEmpty();
        assertThat(REPORT.ids(level))
                .as("tried")
                .containsAll(AttackCase.all().stream()
                        .filter(each -> each.kind() == Kind.PY || each.kind() == Kind.SH || each.kind() == Kind.JAVA)
                        .map(AttackCase::id)
                        .toList());
    }

    /** Hosts with something amiss, as namespaces of the test's own can make them. */
    @ParameterizedTest
    @MethodSource("hosts")
    void aHostThatGivesLessIsToldAndNothingRunsWithoutWalls(String id) throws Exception {
        Level level = switch (id) {
            case "D01" -> Level.NO_NAMESPACES;
            case "D02" -> Level.MASKED_PROC;
            case "D03" -> Level.PLAIN_USER;
            case "D08" -> Level.LOW_LIMITS;
            default -> Level.ROOT;
        };
        AttackCase attack = AttackCase.named(id);
        try (LevelProcess process = new LevelProcess(level)) {
            String seen = process.output(HostMain.class);
            boolean held = attack.isHeldBy(seen);
            REPORT.add(id, level, new Verdict(held ? Verdict.HELD : Verdict.FAILED, seen));
            assertThat(held).as(attack + ": " + seen).isTrue();
        }
    }

    static Stream<String> hosts() {
        return AttackCase.all().stream()
                .filter(each -> each.kind() == Kind.HOST)
                .map(AttackCase::id);
    }

    /** A case that says it is tested elsewhere is; the test's name stands in the file. */
    @ParameterizedTest
    @MethodSource("tests")
    void whatIsTriedByAnotherTestIsTriedThere(AttackCase attack) throws IOException {
        String[] place = attack.text().split(" ", 2);
        Path file = Path.of("..").resolve(place[0]);
        assertThat(file).exists();
        assertThat(Files.readString(file)).contains("void " + place[1] + "(");
    }

    static Stream<AttackCase> tests() {
        return AttackCase.all().stream().filter(each -> each.kind() == Kind.TEST);
    }

    /** The same probes as a plain user without a sandbox, where these twelve get through: they can say both. */
    @ParameterizedTest
    @ValueSource(strings = {"K01", "K14", "K20", "K21", "K29", "K30", "K33", "N01", "N04", "N05", "N07", "N12"})
    void theProbeGetsThroughWhereThereIsNoWall(String id) throws IOException, InterruptedException {
        String socket = "belay-attack-control-" + ProcessHandle.current().pid();
        AttackCase attack = AttackCase.named(id);
        Path directory = Files.createTempDirectory("controls-");
        try {
            Files.setAttribute(directory, "unix:mode", 0755);
            Path control = Files.writeString(directory.resolve("control.py"), AttackCase.resource("control.py"));
            Files.writeString(directory.resolve("probe.py"), AttackCase.resource("probe.py"));
            Path code = Files.writeString(directory.resolve("case.py"), attack.codeFor(39391, socket));
            Process process = new ProcessBuilder(
                            "unshare",
                            "--net",
                            "/usr/bin/python3",
                            control.toString(),
                            directory.toString(),
                            code.toString(),
                            "39391",
                            socket)
                    .redirectErrorStream(true)
                    .start();
            String output = String.join("\n", process.inputReader().lines().toList());
            process.waitFor();
            assertThat(output).as(attack.toString()).contains("ESCAPED");
            assertThat(attack.isHeldBy(output)).isFalse();
        } finally {
            LevelProcess.delete(directory);
        }
    }

    @Test
    void theCatalogueIsComplete() {
        List<AttackCase> all = AttackCase.all();
        assertThat(all.stream().map(AttackCase::id)).doesNotHaveDuplicates().hasSize(214);
        assertThat(all)
                .filteredOn(each -> each.kind() == Kind.NONE)
                .allMatch(each -> !each.text().isBlank());
        assertThat(all)
                .filteredOn(each -> each.kind() != Kind.NONE && each.kind() != Kind.TEST)
                .allMatch(each -> !each.expected().pattern().isEmpty());
    }
}
