package dev.belay.agent.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputSchemaTest {
    private static OutputSchema schema(String json) {
        return new OutputSchema(new JsonText(json));
    }

    private static String problems(OutputSchema schema, String answer) {
        return schema.problems(new JsonText(answer)).orElse("");
    }

    @Test
    void anAnswerThatFitsHasNoProblemsAndOthersAreToldTheirs() {
        OutputSchema schema = schema("""
            {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
             "properties": {"name": {"type": "string", "pattern": "^[a-z]+$"}, "size": {"type": ["integer", "null"]},
                            "parts": {"type": "array", "items": {"$ref": "#/definitions/part"}}},
             "required": ["name"], "additionalProperties": false,
             "definitions": {"part": {"type": "object", "required": ["id"]}}}\
            """);

        assertThat(problems(schema, "{\"name\":\"oak\",\"size\":null,\"parts\":[{\"id\":1}]}"))
                .isEmpty();
        assertThat(problems(schema, "{\"name\":\"Oak\",\"size\":\"big\",\"parts\":[{}],\"colour\":1}"))
                .contains(
                        "name: ", "size must be an integer or null", "parts[0].id is missing", "colour is not a field");
        assertThat(problems(schema, "{\"name\":")).contains("not JSON");
        assertThat(problems(schema, "[]")).contains("must be an object");
        assertThat(problems(schema, "{\"name\":\"oak\"} and more")).contains("not JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|must describe an object",
                "{\"type\":\"array\"}|must describe an object",
                "{\"type\":|not JSON",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"strin\"}}}|JSON Schema",
                "{\"type\":\"object\",\"required\":\"a\"}|JSON Schema",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"pattern\":\"(\"}}}|cannot be used",
                "{\"type\":\"object\",\"$ref\":\"http://127.0.0.1:1/x\"}|only references into itself",
                "{\"type\":\"object\",\"$ref\":\"file:///etc/passwd\"}|only references into itself",
                "{\"type\":\"object\",\"$ref\":\"#/$defs/none\"}|which it does not hold",
                "{\"type\":\"object\",\"$id\":\"http://a/b\"}|uses $id",
                "{\"type\":\"object\",\"$schema\":\"http://a/b\"}|$schema",
                "{\"type\":\"object\",\"allOf\":[{\"$ref\":\"#\"}]}|without end"
            })
    void aSchemaThatIsNoneOrReachesOutOfItselfIsRefused(String json, String why) {
        assertThatThrownBy(() -> schema(json))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aSchemaIsBoundedInBytesAndInDepth() {
        assertThatThrownBy(() -> schema("{\"type\":\"object\",\"description\":\"" + "x".repeat(70_000) + "\"}"))
                .hasMessageContaining("bytes");
        assertThatThrownBy(
                        () -> schema("{\"type\":\"object\",\"not\":" + "{\"not\":".repeat(40) + "{}" + "}".repeat(41)))
                .hasMessageContaining("levels");
    }

    @Test
    void aTreeMayReferToItselfButNotInWaysThatBranchWithoutBounds() {
        OutputSchema tree = schema("""
            {"type": "object", "properties": {"value": {"type": "integer"},
             "children": {"type": "array", "items": {"$ref": "#"}}}, "required": ["value"]}\
            """);
        assertThat(problems(tree, "{\"value\":1,\"children\":[{\"value\":2,\"children\":[{}]}]}"))
                .contains("children[0].children[0].value is missing");

        assertThatThrownBy(() -> schema("""
            {"type": "object", "$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [
              {"properties": {"x": {"$ref": "#/$defs/a"}}, "required": ["y"]},
              {"properties": {"x": {"$ref": "#/$defs/a"}}, "required": ["z"]}]}}}\
            """)).hasMessageContaining("so many" + " ways");
        StringBuilder doubling = new StringBuilder("{\"type\":\"object\",\"$ref\":\"#/$defs/a0\",\"$defs\":{");
        for (int i = 0; i < 25; i++) {
            String next = "{\"$ref\":\"#/$defs/a" + (i + 1) + "\"}";
            doubling.append("\"a")
                    .append(i)
                    .append("\":{\"allOf\":[")
                    .append(next)
                    .append(',')
                    .append(next)
                    .append("]},");
        }
        assertThatThrownBy(() -> schema(doubling + "\"a25\":{}}}")).hasMessageContaining("so many ways");
    }

    @ParameterizedTest
    @ValueSource(strings = {"^(a+)+$", "^(a|aa)+$", "^(.*a){25}$"})
    void aPatternThatWouldTakeForEverIsGivenUp(String pattern) {
        OutputSchema schema = schema(
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"" + pattern + "\"}}}");

        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThat(problems(schema, "{\"a\":\"" + "a".repeat(200) + "!\"}"))
                        .isNotEmpty());
    }

    @Test
    void anAnswerIsBoundedInBytesAndInDepth() {
        OutputSchema anything = schema("{\"type\":\"object\"}");

        assertThat(problems(anything, "{\"a\":\"" + "x".repeat(300_000) + "\"}"))
                .contains("bytes");
        assertThat(problems(anything, "{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}"))
                .contains("levels");
    }
}
