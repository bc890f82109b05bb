package dev.belay.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import dev.belay.cli.CommandProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RunProcessTest {
    private static final String GREET = """
            {"price": {"output": 10}, "steps": [
              {"text": "I write a greeting.", "usage": {"output_tokens": 100},
               "tool_calls": [{"tool": "Read", "input": {"file_path": "notes.txt"}},
                              {"tool": "Edit", "input": {"file_path": "notes.txt", "old_string": "todo", "new_string": "done"}},
                              {"tool": "Bash", "input": {"command": "pwd && mkdir made && echo hello > made/greeting.txt"}}]},
              {"text": "It is written."}]}""";
    private static final String SLOW = """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo begun > begun.txt; sleep 600"}}]}]}""";

    @TempDir
    Path home;

    private Path project;

    @BeforeEach
    void make() throws Exception {
        project = Files.createDirectories(home.resolve("code/my project"));
        Files.writeString(project.resolve("notes.txt"), "todo\n");
        Path scripts = Files.createDirectories(home.resolve(".local/share/belay/scripts"));
        Files.writeString(scripts.resolve("greet.json"), GREET);
        Files.writeString(scripts.resolve("slow.json"), SLOW);
    }

    private String[] line(String script, String... more) {
        String[] fixed = {"run", "Greet.", "--model", "scripted:" + script, "--dir", project.toString()};
        String[] all = List.of(fixed).toArray(new String[fixed.length + more.length]);
        System.arraycopy(more, 0, all, fixed.length, more.length);
        return all;
    }

    private List<Path> runs() throws IOException {
        Path folder = home.resolve(".local/state/belay/runs");
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var list = Files.list(folder)) {
            return list.toList();
        }
    }

    @Test
    void theAgentChangesTheFilesOfTheDirectoryAndTheDiffIsShown() throws Exception {
        boolean root = (int) Files.getAttribute(project, "unix:uid") == 0;
        if (root) { // then files may belong to anyone, and what the agent makes shall belong to the same
            for (Path path : List.of(project, project.resolve("notes.txt"))) {
                Files.setAttribute(path, "unix:uid", 1234);
                Files.setAttribute(path, "unix:gid", 1234);
            }
        }

        Result run = CommandProcess.run(home, line("greet"));

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(project.resolve("notes.txt")).hasContent("done");
        assertThat(project.resolve("made/greeting.txt")).hasContent("hello");
        Object owner = Files.getAttribute(project, "unix:uid");
        assertThat(Files.getAttribute(project.resolve("made"), "unix:uid")).isEqualTo(owner);
        assertThat(Files.getAttribute(project.resolve("made/greeting.txt"), "unix:uid"))
                .isEqualTo(owner);
        assertThat(run.out())
                .contains("I write a greeting.")
                .contains("\n    /workspace/my project\n")
                .contains("\n--- /dev/null\n+++ b/made/greeting.txt\n@@ -0,0 +1,1 @@\n+hello\n")
                .contains("\n--- a/notes.txt\n+++ b/notes.txt\n@@ -1,1 +1,1 @@\n-todo\n+done\n")
                .containsPattern("\nDone\n2 turns, cost \\$0.001, time \\d");
        assertThat(runs()).singleElement().satisfies(kept -> {
            assertThat(kept).isDirectoryContaining("glob:**/belay.db");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                    .isEqualTo("rwx------");
        });
    }

    @Test
    void withJsonStdoutHoldsTheEventsAsTheApiSendsThem() throws Exception {
        Result run = CommandProcess.run(home, line("greet", "--json"));

        List<JsonNode> events =
                run.out().lines().map(new JsonMapper()::readTree).toList();
        assertThat(events)
                .extracting(event -> event.path("type").asString())
                .startsWith("status")
                .endsWith("result");
        assertThat(events.getLast().path("status").asString()).isEqualTo("success");
        assertThat(events).filteredOn(event -> event.has("tool")).hasSize(6);
        assertThat(runs())
                .singleElement()
                .satisfies(kept -> assertThat(kept.getFileName().toString())
                        .isEqualTo(events.getLast().path("session_id").asString()));
        assertThat(run.err()).contains("+++ b/made/greeting.txt");
        assertThat(run.code()).isZero();
    }

    @Test
    void runsGoBesideAServerAndBesideEachOther() throws Exception {
        try (CommandProcess server = CommandProcess.start(home, "serve", "--dev", "--port", "0");
                CommandProcess slow = CommandProcess.start(home, line("slow"))) {
            server.readUntil("ready");
            slow.readUntil("> Bash");

            assertThat(CommandProcess.run(home, line("greet")).code()).isZero();
        }
    }

    @Test
    void ctrlCEndsTheTurnAsInterruptedAndShowsWhatWasDone() throws Exception {
        try (CommandProcess run = CommandProcess.start(home, line("slow"))) {
            run.readUntil("> Bash");
            Awaitility.await().until(() -> Files.exists(project.resolve("begun.txt")));

            run.signal("INT");

            Result ended = run.await();
            assertThat(ended.out()).contains("+begun", "Ended with status interrupted");
            assertThat(ended.err()).isEmpty();
            assertThat(ended.code()).isEqualTo(130);
        }
    }

    @Test
    void aReaderThatLeavesEndsTheTurn() throws Exception {
        try (CommandProcess run = CommandProcess.start(home, line("slow", "--json"))) {
            run.readUntil("tool_use");
            run.stopReading();

            assertThat(run.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void aRunThatDoesNotSucceedEndsWithOne() throws Exception {
        Result run = CommandProcess.run(home, line("greet", "--max-turns", "1"));

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("Ended with status max_turns");
    }

    @Test
    void aRunThatCannotBeginLeavesNothing() throws Exception {
        Result run = CommandProcess.run(home, line("absent"));

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("belay: there is no script absent").hasLineCount(1);
        assertThat(runs()).isEmpty();
    }
}
