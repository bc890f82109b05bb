package dev.belay.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person at a terminal. */
class ChatProcessTest {
    private static final String CTRL_C = "\u0003";
    private static final String CTRL_D = "\u0004";
    /** What the line editor begins with: a paste shall come as one. */
    private static final String READS_LINE = "\u001b[?2004h";

    private static final String PLAY = """
            {"steps": [
              {"tool_calls": [{"tool": "Bash", "input": {"command": "echo begun > begun.txt; sleep 600"}}]},
              {"text": ["How ", "about ", "paint?"], "tool_calls": [{"tool": "AskUser", "input": {"question": "Which colour?", "options": ["red", "blue"]}}]},
              {"tool_calls": [{"tool": "Bash", "input": {"command": "echo painted in $((6 * 7))"}}]},
              {"text": "All painted."}]}""";
    private static final String SLEEP = """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "echo begun > begun.txt; sleep 5"}}]}, {"text": "Woken."}]}""";

    @TempDir
    Path home;

    private Path project;

    @BeforeEach
    void make() throws Exception {
        project = Files.createDirectories(home.resolve("project"));
        Path scripts = Files.createDirectories(home.resolve(".local/share/belay/scripts"));
        Files.writeString(scripts.resolve("play.json"), PLAY);
        Files.writeString(scripts.resolve("sleep.json"), SLEEP);
    }

    private void awaitBegun() {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(project.resolve("begun.txt")));
    }

    @Test
    void ctrlCInterruptsTheTurnAndAnswersAreTyped() throws Exception {
        try (CommandProcess chat = CommandProcess.startOnTerminal(
                home,
                "chat",
                "Begin.",
                "--model",
                "scripted:play",
                "--dir",
                project.toString(),
                "--permission-mode",
                "default")) {
            chat.readUntil("/help lists the commands");
            chat.readUntil("permission_mode default asks for it");
            chat.type("y\r");
            awaitBegun();
            chat.type(CTRL_C);
            chat.readUntil("Interrupting");
            chat.readUntil("Ended with status interrupted");

            chat.type("Paint.\r");
            chat.readUntil("How about paint?");
            chat.readUntil("2  blue");
            chat.type("2\r");
            chat.readUntil("permission_mode default asks for it");
            chat.type("a\r");
            chat.readUntil("painted in 42");
            chat.readUntil("All painted.");
            chat.type("/diff\r");
            chat.readUntil("begun.txt");

            chat.readPast(READS_LINE);
            chat.type("half a prompt" + CTRL_C);
            chat.readPast(READS_LINE);
            chat.type(CTRL_D);
            chat.readUntil("belay chat --session");
            assertThat(chat.exitCode()).isZero();
        }
        assertThat(CommandProcess.run(home, "sessions", "tail", "--json", session())
                        .out())
                .contains("\"blue\"");
    }

    private String session() throws Exception {
        return CommandProcess.run(home, "sessions", "ls", "--json")
                .out()
                .replaceFirst("(?s).*?\"session_id\":\"([^\"]*)\".*", "$1");
    }

    @Test
    void ctrlCLeavesWhereNoTurnRunsAndOnceMoreAfterItInterruptedOne() throws Exception {
        try (CommandProcess chat = CommandProcess.startOnTerminal(
                home, "chat", "Begin.", "--model", "scripted:play", "--dir", project.toString())) {
            awaitBegun();
            chat.type(CTRL_C);
            chat.readUntil("Interrupting");
            chat.type(CTRL_C);
            // 0 if the turn had ended by then.
            assertThat(chat.exitCode()).isIn(0, 130);
        }
    }

    @Test
    void aChatWhoseServerIsKilledServesTheDirectoryItselfAndTheTurnGoesOn() throws Exception {
        try (CommandProcess server = CommandProcess.start(home, "serve", "--port", "0")) {
            server.readUntil("ready");
            try (CommandProcess chat = CommandProcess.start(
                    home, "chat", "Sleep.", "--model", "scripted:sleep", "--dir", project.toString())) {
                awaitBegun();
                server.signal("KILL");
                chat.readUntil("The connection to the server is lost");
                chat.readUntil("The server was started again; the turn goes on.");
                chat.readUntil("Woken.");
                chat.type("Good bye.\n");
            }
        }
    }
}
