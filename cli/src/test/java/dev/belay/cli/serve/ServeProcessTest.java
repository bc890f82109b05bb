package dev.belay.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeProcessTest {
    private static final Pattern READY = Pattern.compile("Belay is ready on (http://127\\.0\\.0\\.1:\\d+)");
    private static final String SLOW = """
            {"steps": [{"tool_calls": [{"tool": "Bash", "input": {"command": "sleep 600"}}]}]}""";

    @TempDir
    Path home;

    private final HttpClient client = HttpClient.newHttpClient();

    private static String url(CommandProcess server) throws Exception {
        String line = server.readLine();
        Matcher ready = READY.matcher(line);
        assertThat(ready.matches()).as(line + " / " + server.err()).isTrue();
        return ready.group(1);
    }

    private HttpResponse<Stream<String>> run(String url, String model, Optional<String> key) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/agent/run"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"prompt\":\"hello\",\"model\":\"" + model + "\"}"));
        key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        return client.send(request.build(), BodyHandlers.ofLines());
    }

    @Test
    void aFirstStartPrintsTheAdministratorKeyOnce() throws Exception {
        String key;
        try (CommandProcess server = CommandProcess.start(home, "serve", "--port", "0")) {
            String url = url(server);
            Matcher shown = Pattern.compile("administrator key.*(blk_[A-Za-z0-9_-]{43})")
                    .matcher(server.err());
            assertThat(shown.find()).as(server.err()).isTrue();
            key = shown.group(1);
            assertThat(run(url, "scripted", Optional.empty()).statusCode()).isEqualTo(401);
            assertThat(run(url, "scripted", Optional.of(key)).body().toList().getLast())
                    .contains("\"type\":\"result\"", "\"status\":\"success\"");

            server.signal("INT");
            var ended = server.await();
            assertThat(ended.code()).isZero();
            assertThat(ended.out()).isEmpty();
        }
        try (CommandProcess server = CommandProcess.start(home, "serve", "--port", "0")) {
            String url = url(server);
            assertThat(server.err()).doesNotContain("blk_");
            assertThat(run(url, "scripted", Optional.of(key)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aServerThatIsToldToEndGivesOpenStreamsTheirResult() throws Exception {
        Path scripts = Files.createDirectories(home.resolve("data/scripts"));
        Files.writeString(scripts.resolve("slow.json"), SLOW);
        try (CommandProcess server = CommandProcess.start(
                home,
                "serve",
                "--dev",
                "--port",
                "0",
                "--data",
                home.resolve("data").toString())) {
            Iterator<String> stream =
                    run(url(server), "scripted:slow", Optional.empty()).body().iterator();
            while (!stream.next().contains("tool_use")) {}

            server.signal("TERM");

            String last = "";
            while (stream.hasNext()) {
                last = stream.next();
            }
            assertThat(last).contains("\"type\":\"result\"", "\"status\":\"interrupted\"");
            assertThat(server.await().code()).isZero();
        }
    }

    @Test
    void aDataDirectoryThatIsInUseIsRefusedInOneLine() throws Exception {
        try (CommandProcess first = CommandProcess.start(home, "serve", "--dev", "--port", "0")) {
            String url = url(first);

            var second = CommandProcess.run(home, "serve", "--dev", "--port", "0");

            assertThat(second.code()).isEqualTo(1);
            assertThat(second.out()).isEmpty();
            assertThat(second.err())
                    .hasLineCount(1)
                    .startsWith("belay: the data directory")
                    .contains("process " + first.pid(), url);
        }
    }
}
