package dev.belay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.event.EventBody;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnStatus;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that the model is shown as they are: the session's events hold them. */
class ShownFilesTest {
    private static final String HEAD =
            "printf '\\\\x89PNG\\\\r\\\\n\\\\x1a\\\\n\\\\0\\\\0\\\\0\\\\rIHDR\\\\0\\\\0\\\\0\\\\x10\\\\0\\\\0\\\\0\\\\x10'";

    @Test
    void theLargestImageThatIsShownFitsIntoOneEvent(@TempDir Path root) throws Exception {
        try (House house = new House(root)) {
            house.script("look", """
                    {"steps": [
                      {"tool_calls": [{"tool": "Bash", "input": {"command":
                        "{ %s; head -c 2999972 /dev/zero; printf IEND; } > a.png"}}]},
                      {"tool_calls": [{"tool": "Read", "input": {"file_path": "a.png"}}]},
                      {"text": "Seen."}]}""".formatted(HEAD));

            List<EventBody> events = house.run("look", Options.script("look"));

            ToolEvent.Result shown = House.of(events, ToolEvent.Result.class).getLast();
            assertThat(shown.output()).isEqualTo("a.png: image/png, 16 x 16 pixels, 3000000 bytes");
            assertThat(shown.attachments())
                    .singleElement()
                    .satisfies(file -> assertThat(Base64.getDecoder().decode(file.base64()))
                            .hasSize(3_000_000)
                            .endsWith('I', 'E', 'N', 'D'));
            assertThat(House.finished(events).status()).isEqualTo(TurnStatus.SUCCESS);
        }
    }
}
