package dev.belay.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess.Result;
import dev.belay.cli.InProcess;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts from standard input, against a server in this process. */
class ChatTest {
    private static final String EDIT = """
            {"price": {"output": 10}, "steps": [
              {"text": ["I ", "edit ", "the notes."], "usage": {"output_tokens": 100},
               "tool_calls": [{"tool": "Read", "input": {"file_path": "notes.txt"}},
                              {"tool": "Edit", "input": {"file_path": "notes.txt", "old_string": "todo", "new_string": "done"}}]},
              {"text": "Edited."},
              {"text": "Again."}, {"text": "And again."}]}""";

    @TempDir
    Path home;

    private Path project;

    @BeforeEach
    void make() throws Exception {
        project = Files.createDirectories(home.resolve("code/My Project"));
        Files.writeString(project.resolve("notes.txt"), "todo\n");
        Files.writeString(
                Files.createDirectories(home.resolve(".local/share/belay/scripts"))
                        .resolve("edit.json"),
                EDIT);
    }

    private Result chat(String input, String... arguments) {
        String[] line = new String[arguments.length + 1];
        line[0] = "chat";
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        return InProcess.runReading(input, home, line);
    }

    private String lastSession() {
        Matcher id = Pattern.compile("[0-9a-f-]{36}")
                .matcher(InProcess.run(home, "sessions", "ls").out());
        assertThat(id.find()).isTrue();
        return id.group();
    }

    private static BelayServer serve(Path data) {
        return BelayServer.start(new ServerOptions(
                Configuration.read(new ConfigurationSources(
                        Optional.empty(),
                        Map.of("server.port", "0", "data.directory", data.toString(), "log.level", "error"),
                        Map.of())),
                Map.of(),
                false));
    }

    @Test
    void withoutAServerTheChatServesTheDataDirectoryItselfAndWorksInTheDirectory() {
        Result chat = chat("/diff\n/cost\n", "Edit them.", "--model", "scripted:edit", "--dir", project.toString());

        assertThat(chat.code()).as(chat.err()).isZero();
        assertThat(chat.err()).isEmpty();
        assertThat(chat.out())
                .startsWith("\nI edit the notes.\n\n> Read  notes.txt\n")
                .contains("\nEdited.\n2 turns, cost $0.001, time ")
                .contains("\n--- a/notes.txt\n+++ b/notes.txt\n@@ -1,1 +1,1 @@\n-todo\n+done\n$0.001, 0 in, 100 out")
                .doesNotContain("\u001b");
        assertThat(project.resolve("notes.txt")).hasContent("done");
    }

    @Test
    void continueGoesOnWithTheLastSessionOfTheDirectoryAlsoOverAServerThatRuns() {
        String[] there = {"--model", "scripted:edit", "--dir", project.toString()};
        assertThat(chat("", "--continue", "--dir", project.toString()).err())
                .contains("there was no chat in", "--session");
        assertThat(chat("Edit them.\n", there).code()).isZero();
        String session = lastSession();

        try (BelayServer server = serve(home.resolve(".local/share/belay"))) {
            Result next = chat("Go on.\n/status\n", "--continue", "--dir", project.toString());
            assertThat(next.out()).contains("Again.", "session     " + session, "turns       2");
            assertThat(chat("", "And on.", "--session", session).out()).contains("And again.");
            assertThat(InProcess.runReading(
                                    "Once more.\n",
                                    home,
                                    Map.of(
                                            "BELAY_URL",
                                            server.url(),
                                            "BELAY_KEY",
                                            server.firstKey().orElseThrow().secret()),
                                    "chat",
                                    "--model",
                                    "scripted")
                            .out())
                    .contains("Once more.");
        }
    }

    @Test
    void aTurnThatFailsIsTheExitCodeAndARefusalIsSaidInOneLine() {
        Result failed =
                chat("Hello.\nHello.\n", "--private", "--model", "scripted:edit", "--max-budget-usd", "0.0000001");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.out()).contains("Ended with status");
        Result refused = chat("Hello.\n", "--private", "--model", "scripted:none");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).startsWith("belay: there is no script none").hasLineCount(1);
        assertThat(chat("", "--continue", "--session", "x").code()).isEqualTo(1);
        assertThat(chat("", "--session", "nobody").err())
                .contains("there is no session \"nobody\"", "belay sessions ls");
        assertThat(chat("", "x", "--url", "http://127.0.0.1:1", "--private").err())
                .contains("does not answer")
                .hasLineCount(1);
    }

    @Test
    void onlyTheServerOfThisMachineWorksInItsDirectories() {
        try (BelayServer server = serve(home.resolve("other"))) {
            Map<String, String> named = Map.of(
                    "BELAY_URL",
                    server.url(),
                    "BELAY_KEY",
                    server.firstKey().orElseThrow().secret());
            Result asked = InProcess.runReading(
                    "", home, named, "chat", "Hello.", "--model", "scripted", "--dir", project.toString());
            assertThat(asked.code()).isEqualTo(1);
            assertThat(asked.err()).contains("leave --dir out");
        }
        assertThat(chat("", "Hello.", "--model", "scripted", "--dir", home.toString())
                        .err())
                .contains("is your home directory");
    }

    @Test
    void promptsGoOnOverLinesAndSlashCommandsAreNotPrompts() {
        Result chat = chat("one \\\ntwo\n//three\n/nothing\n/help\n/exit\nfour\n", "--private", "--model", "scripted");

        assertThat(chat.out())
                .contains("one \ntwo", "\n/three\n", "There is no command /nothing", "/compact")
                .doesNotContain("four");
    }

    @Test
    void whatTheAgentAsksForIsAnsweredFromStandardInput() throws Exception {
        Files.writeString(home.resolve(".local/share/belay/scripts/asks.json"), """
                {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo one"}}]},
                           {"tool_calls": [{"tool": "Bash", "input": {"command": "echo two"}}]},
                           {"tool_calls": [{"tool": "Write", "input": {"file_path": "a", "content": "b"}}]},
                           {"text": "Asked."}]}""");
        Result chat = chat(
                "Ask.\nperhaps\na\nn not now\n",
                "--private",
                "--model",
                "scripted:asks",
                "--permission-mode",
                "default");

        assertThat(chat.out())
                .contains("y: yes; a: always", "    one\n", "    two\n", "not now", "Asked.")
                .containsOnlyOnce("permission_mode default asks for it, and no rule allows it\ny: yes");
        assertThat(chat.code()).isZero();
    }

    @Test
    void anAskSaysWhichSubagentWantsIt() throws Exception {
        // Agent and sub-agent play the same script, each from its beginning; the sub-agent has no Task.
        Files.writeString(home.resolve(".local/share/belay/scripts/hands-on.json"), """
                {"steps": [{"tool_calls": [{"tool": "Task", "input":
                             {"description": "look", "prompt": "Look.", "subagent_type": "general-purpose"}}]},
                           {"tool_calls": [{"tool": "Bash", "input": {"command": "echo one"}}]},
                           {"text": "Done."}]}""");
        Result chat = chat("Go.\ny\ny\n", "--private", "--model", "scripted:hands-on", "--permission-mode", "default");

        assertThat(chat.out()).contains("> general-purpose: Bash  echo one", "    one\n", "Done.");
        assertThat(chat.code()).isZero();
    }
}
