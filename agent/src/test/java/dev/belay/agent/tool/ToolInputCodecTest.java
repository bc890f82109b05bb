package dev.belay.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.ToolInputCodec.Parsed;
import dev.belay.agent.tool.ToolInputCodec.Parsed.Invalid;
import dev.belay.agent.tool.ToolInputCodec.Parsed.Valid;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.JsonText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ToolInputCodecTest {
    private final ToolInputCodec codec = new ToolInputCodec();

    @Test
    void argumentsThatFitBecomeInput() {
        ToolInput input = valid("Read", """
                {"file_path": "a \\"b\\"\\n\\u00fc", "offset": 3, "limit": null}""");
        assertThat(input.string("file_path")).isEqualTo("a \"b\"\nü");
        assertThat(input.optionalLong("offset")).hasValue(3);
        assertThat(input.optionalLong("limit")).isEmpty();
    }

    @Test
    void objectsInArraysAndFlagsComeThrough() {
        ToolInput input = valid("MultiEdit", """
                {"file_path":"a","edits":[{"old_string":"x","new_string":"","replace_all":true},{"old_string":"y","new_string":"z","replace_all":null}]}""");
        assertThat(input.objects("edits"))
                .extracting(ToolInput::values)
                .isEqualTo(List.of(
                        Map.of("old_string", "x", "new_string", "", "replace_all", true),
                        Map.of("old_string", "y", "new_string", "z")));
    }

    @Test
    void everyProblemIsNamedByItsField() {
        assertThat(invalid("Grep", """
                {"path": 5, "-A": "two", "-C": 2000, "output_mode": "lines", "colour": true, "head_limit": 0}""").lines())
                .containsExactlyInAnyOrder(
                        "The arguments of Grep do not fit, so nothing was done:",
                        "- pattern is missing",
                        "- path must be a string, not an integer",
                        "- -A must be an integer, not a string",
                        "- -C must be at most 1000",
                        "- output_mode must be one of [\"content\",\"files_with_matches\",\"count\"]",
                        "- head_limit must be at least 1",
                        "- colour is not a field of this tool");
    }

    @Test
    void problemsInsideOfArraysSayWhere() {
        assertThat(invalid("MultiEdit", """
                {"file_path":"","edits":[{"old_string":"x","new_string":"y"},{"old_string":1,"extra":2},"no"]}""").lines())
                .contains(
                        "- file_path is too short; its least length is 1",
                        "- edits[1].new_string is missing",
                        "- edits[1].old_string must be a string, not an integer",
                        "- edits[1].extra is not a field of this tool",
                        "- edits[2] must be an object, not a string");
        assertThat(invalid("MultiEdit", """
                {"file_path":"a","edits":[]}""")).contains("- edits is too short; its least length is 1");
    }

    @Test
    void aRequiredFieldThatIsNullIsMissing() {
        assertThat(invalid("Bash", """
                {"command": null}""")).contains("- command is missing");
    }

    @Test
    void argumentsThatAreNoJsonAreRefusedWithThePlace() {
        assertThat(invalid("Bash", "{\"command\": \"ls\",\n nope}"))
                .startsWith("The arguments of Bash are not JSON, so nothing was done: ")
                .contains("line 2, column");
        assertThat(invalid("Bash", "{\"command\": \"ls\"} and more")).contains("are not JSON");
        assertThat(invalid("Bash", "{\"command\": \"ls")).contains("are not JSON");
        assertThat(invalid("Bash", "[".repeat(100_000))).contains("are not JSON");
    }

    @Test
    void argumentsThatAreNoObjectAreRefused() {
        assertThat(invalid("Bash", "[\"ls\"]"))
                .isEqualTo("The arguments of Bash must be a JSON object, so nothing was done; they are an array.");
        assertThat(invalid("Bash", "\"ls\"")).contains("they are a string");
        assertThat(invalid("Bash", "null")).contains("they are null");
        assertThat(invalid("Bash", "")).contains("they are empty text");
    }

    @Test
    void numbersBeyondALongAreRefused() {
        assertThat(invalid("Bash", """
                {"command":"ls","timeout":99999999999999999999999}""")).contains("- timeout must be at most 600000");
        assertThat(valid("Bash", """
                {"command":"ls","timeout":1000.0}""").optionalLong("timeout")).hasValue(1000);
    }

    private ToolInput valid(String tool, String arguments) {
        Parsed parsed = parse(tool, arguments);
        assertThat(parsed).isInstanceOf(Valid.class);
        return ((Valid) parsed).input();
    }

    private String invalid(String tool, String arguments) {
        Parsed parsed = parse(tool, arguments);
        assertThat(parsed).isInstanceOf(Invalid.class);
        return ((Invalid) parsed).text();
    }

    private Parsed parse(String tool, String arguments) {
        return codec.parse(BuiltinTools.toolbox().find(tool).orElseThrow(), new JsonText(arguments));
    }
}
