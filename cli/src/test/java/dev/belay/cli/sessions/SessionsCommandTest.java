package dev.belay.cli.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess.Result;
import dev.belay.cli.InProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SessionsCommandTest {
    @TempDir
    Path home;

    private String id;

    @BeforeEach
    void talk() {
        Result chat = InProcess.runReading(
                "Hello.\nWhat is new?\n", home, "chat", "--private", "--name", "greeting", "--model", "scripted");
        assertThat(chat.code()).as(chat.err()).isZero();
        id = json("sessions", "ls", "--json").path(0).path("session_id").asString();
    }

    private Result belay(String... line) {
        Result result = InProcess.run(home, line);
        assertThat(result.code()).as(result.err()).isZero();
        return result;
    }

    private JsonNode json(String... line) {
        return JsonMapper.shared().readTree(belay(line).out());
    }

    @Test
    void sessionsAreListedAndShownByIdOrName() {
        assertThat(belay("sessions", "ls").out()).contains("STATE", id, "hibernated", "scripted", "greeting");
        assertThat(belay("sessions", "ls", "--limit", "0").out()).doesNotContain(id);
        String shown = belay("sessions", "show", "greeting").out();
        assertThat(shown).contains(id, "turns       2", "> Hello.", "\nHello.\n", "> What is new?", "success");
        assertThat(belay("sessions", "show", id).out()).isEqualTo(shown);
        assertThat(json("sessions", "show", "--json", id).path("turns").asInt()).isEqualTo(2);
    }

    @Test
    void eventsAreFollowedFromACursorAndExported() throws Exception {
        assertThat(belay("sessions", "tail", id).out()).contains("Hello.", "What is new?", "Done");
        String[] lines = belay("sessions", "tail", "--json", id).out().split("\n");
        long seq = JsonMapper.shared()
                .readTree(lines[lines.length - 2])
                .path("seq")
                .asLong();
        assertThat(belay("sessions", "tail", "--json", "--after-seq", Long.toString(seq), "greeting")
                        .out())
                .isEqualTo(lines[lines.length - 1] + "\n");
        Path file = home.resolve("export.jsonl");
        belay("sessions", "export", "greeting", "-o", file.toString());
        assertThat(belay("sessions", "export", id).out())
                .isEqualTo(Files.readString(file))
                .contains("\"kind\"", "What is new?");
    }

    @Test
    void oneThatIsRemovedIsGone() {
        assertThat(belay("sessions", "rm", "greeting").out()).isEqualTo("greeting\n");
        assertThat(belay("sessions", "ls").out()).doesNotContain(id);
        Result gone = InProcess.run(home, "sessions", "show", "greeting");
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).isEqualTo("belay: there is no session \"greeting\"; belay sessions ls lists them\n");
        assertThat(InProcess.run(home, "sessions", "tail", id).err()).contains("there is no session " + id);
        belay("sessions", "rm", "--erase", id);
    }

    @Test
    void whatARunLeftIsReadLikeASession() throws Exception {
        Path project = Files.createDirectories(home.resolve("project"));
        belay("run", "Run.", "--model", "scripted", "--dir", project.toString());
        assertThat(belay("sessions", "ls").out()).doesNotContain("local run");
        JsonNode all = json("sessions", "ls", "--runs", "--json");
        assertThat(all).hasSize(2);
        String run = all.path(1).path("session_id").asString();
        assertThat(all.path(1).path("status").asString()).isEqualTo("local run");
        assertThat(belay("sessions", "show", run).out()).contains("> Run.", "success");
        assertThat(belay("sessions", "tail", run).out()).contains("Run.", "Done");
        assertThat(belay("sessions", "export", run).out()).contains("\"kind\"");
        assertThat(belay("sessions", "rm", run, id).out()).isEqualTo(run + "\n" + id + "\n");
        assertThat(json("sessions", "ls", "--runs", "--json")).isEmpty();
    }
}
