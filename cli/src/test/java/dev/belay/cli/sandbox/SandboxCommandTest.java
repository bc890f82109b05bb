package dev.belay.cli.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess.Result;
import dev.belay.cli.InProcess;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxCommandTest {
    @TempDir
    private static Path home;

    private static BelayServer server;
    private static String id;

    @BeforeAll
    static void start() {
        server = BelayServer.start(new ServerOptions(
                Configuration.read(new ConfigurationSources(
                        Optional.empty(),
                        Map.of(
                                "server.port",
                                "0",
                                "data.directory",
                                home.resolve("data").toString(),
                                "log.level",
                                "warn"),
                        Map.of())),
                Map.of(),
                false));
        id = sandbox("create").out().strip();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String[] line(String... arguments) {
        return Stream.of(
                        Stream.of(
                                "sandbox",
                                arguments[0],
                                "--data",
                                home.resolve("data").toString()),
                        Stream.of(arguments).skip(1))
                .flatMap(part -> part)
                .toArray(String[]::new);
    }

    private static Result sandbox(String... arguments) {
        return InProcess.run(home, line(arguments));
    }

    @Test
    void theServerOfTheDataDirectoryIsEnteredWithItsToken() {
        assertThat(id).matches("[0-9a-f-]{36}");
        Result list = sandbox("ls");
        assertThat(list.code()).as(list.err()).isZero();
        assertThat(list.out()).contains(id, "started");
        assertThat(sandbox("ls", "--json").out()).startsWith("[{").contains(id);
    }

    @Test
    void aServerIsNamedWithItsKeyInTheEnvironment() {
        Map<String, String> named = Map.of(
                "BELAY_URL",
                server.url(),
                "BELAY_KEY",
                server.firstKey().orElseThrow().secret());
        assertThat(InProcess.run(home, named, "sandbox", "ls").out()).contains(id);
        Result refused =
                InProcess.run(home, Map.of("BELAY_URL", server.url(), "BELAY_KEY", "blk_wrong"), "sandbox", "ls");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).isEqualTo("belay: this key is unknown, revoked or expired\n");
    }

    @Test
    void theExitCodeOfExecIsTheCommands() {
        Result shell = sandbox("exec", "-e", "WORD=a b", "-w", "/tmp", id, "--", "pwd; echo $WORD; exit 7");
        assertThat(shell.code()).as(shell.err()).isEqualTo(7);
        assertThat(shell.out()).isEqualTo("/tmp\na b\n");
        Result program = sandbox("exec", id, "--", "printf", "%s|", "it's", "$HOME");
        assertThat(program.out()).isEqualTo("it's|$HOME|");
        assertThat(program.code()).isZero();
    }

    @Test
    void outputIsApartAndInputIsPassedOn() {
        Result typed = InProcess.runReading("one\ntwo\n", home, line("exec", "-i", id, "--", "sort -r; echo bad >&2"));
        assertThat(typed.out()).isEqualTo("two\none\n");
        assertThat(typed.err()).isEqualTo("bad\n");
        Result onTerminal = InProcess.runReading("exit 9\n", home, line("exec", "-it", id, "--", "tty && bash"));
        assertThat(onTerminal.code()).as(onTerminal.err()).isEqualTo(9);
        assertThat(onTerminal.out()).contains("/dev/pts/");
    }

    @Test
    void aDirectoryGoesInAndComesOutAsItWas(@TempDir Path here) throws Exception {
        Path tree = Files.createDirectories(here.resolve("tree"));
        Files.createDirectories(tree.resolve("sub/empty"));
        Files.writeString(tree.resolve("sub/run.sh"), "echo ran");
        Files.setPosixFilePermissions(tree.resolve("sub/run.sh"), PosixFilePermissions.fromString("rwxr-x---"));
        Files.write(tree.resolve("large"), new byte[2_000_000]);
        Files.createSymbolicLink(tree.resolve("link"), Path.of("/etc/passwd"));

        Result in = sandbox("cp", tree.toString(), id + ":");
        assertThat(in.code()).as(in.err()).isZero();
        assertThat(in.err()).contains("left out");
        assertThat(sandbox("exec", id, "--", "tree/sub/run.sh || sh tree/sub/run.sh")
                        .out())
                .contains("ran");

        Result out = sandbox("cp", id + ":tree", here.resolve("back").toString());
        assertThat(out.code()).as(out.err()).isZero();
        assertThat(here.resolve("back/sub/empty")).isDirectory();
        assertThat(here.resolve("back/large")).hasSameBinaryContentAs(tree.resolve("large"));
        assertThat(Files.getPosixFilePermissions(here.resolve("back/sub/run.sh")))
                .isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
        assertThat(here.resolve("back/link")).doesNotExist();
    }

    @Test
    void aFileBecomesItsTargetOrGoesIntoIt(@TempDir Path here) throws Exception {
        Path file = Files.writeString(here.resolve("a.txt"), "text");
        assertThat(sandbox("cp", file.toString(), id + ":new/b.txt").code()).isZero();
        assertThat(sandbox("cp", file.toString(), id + ":new").code()).isZero();
        assertThat(sandbox("ls", id + ":new").out()).contains("/workspace/new/a.txt", "/workspace/new/b.txt");
        assertThat(sandbox("cp", id + ":new/b.txt", here.toString()).code()).isZero();
        assertThat(here.resolve("b.txt")).hasContent("text");
        Result none = sandbox("cp", here.resolve("none").toString(), id + ":");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("there is no");
        assertThat(sandbox("cp", "a", "b").err()).contains("ID:PATH");
    }

    @Test
    void whatComesOutIsPutThroughNoLink(@TempDir Path here) throws Exception {
        Path secret = Files.writeString(here.resolve("secret"), "untouched");
        Path back = Files.createDirectories(here.resolve("back"));
        Files.createSymbolicLink(back.resolve("f"), secret);
        sandbox("exec", id, "--", "mkdir -p evil && echo overwritten > evil/f");
        Result out = sandbox("cp", id + ":evil/f", back.resolve("f").toString());
        assertThat(out.code()).isEqualTo(1);
        assertThat(secret).hasContent("untouched");
    }

    @Test
    void aSandboxIsStoppedStartedInspectedAndRemoved() {
        String made =
                sandbox("create", "--name", "short", "--auto-stop", "5").out().strip();
        assertThat(sandbox("inspect", made).out()).contains("started", "\"short\"", "held", "memory_bytes");
        assertThat(sandbox("stop", made).code()).isZero();
        Result stopped = sandbox("exec", made, "--", "true");
        assertThat(stopped.code()).isEqualTo(1);
        assertThat(stopped.err()).startsWith("belay: ").contains(made);
        assertThat(sandbox("start", made).code()).isZero();
        assertThat(sandbox("rm", made).code()).isZero();
        assertThat(sandbox("ls").out()).doesNotContain(made);
        assertThat(sandbox("events", "--after", "1", made).out())
                .startsWith("{")
                .contains("sandbox.stopped", "sandbox.destroyed")
                .doesNotContain("sandbox.created");
    }

    @Test
    void withoutAServerItSaysWhatToDo(@TempDir Path empty) {
        Result none = InProcess.run(home, "sandbox", "ls", "--data", empty.toString());
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("no server serves", "belay serve", "--url");
    }
}
