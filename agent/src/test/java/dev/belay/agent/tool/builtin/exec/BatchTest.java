package dev.belay.agent.tool.builtin.exec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.tool.ToolOutcome;
import dev.belay.agent.tool.ToolSession;
import dev.belay.agent.tool.ToolSessions;
import dev.belay.store.StoredJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ToolSessions.class)
class BatchTest {
    private static Map<String, Object> batch(ToolSession session, String tool, List<Map<String, Object>> inputs)
            throws InterruptedException {
        ToolOutcome outcome = session.call("mcp__sandbox__batch", Map.of("tool_name", tool, "tool_inputs", inputs));
        assertThat(outcome.error()).as(outcome.output()).isFalse();
        return json(outcome.output());
    }

    @SuppressWarnings("unchecked") // Objects of JSON have string keys.
    private static Map<String, Object> json(String text) {
        return StoredJson.decode(text, LinkedHashMap.class);
    }

    @SuppressWarnings("unchecked") // As the tool's description says.
    private static List<String> list(Map<String, Object> json, String field) {
        return (List<String>) json.get(field);
    }

    @Test
    void ofFiftyInputsThreeFailAndTheRestComeInTheirOrder(ToolSession session) throws Exception {
        List<Map<String, Object>> inputs = IntStream.range(0, 50)
                .<Map<String, Object>>mapToObj(i -> Map.of(
                        "code",
                        i % 20 == 5
                                ? "raise ValueError(" + i + ")"
                                : "import time; time.sleep(0.02); print(" + i + ")"))
                .toList();
        Map<String, Object> answer = batch(session, "execute_code", inputs);
        assertThat(answer.keySet()).containsExactly("results", "errors", "tool_name", "count");
        assertThat(answer).containsEntry("tool_name", "execute_code").containsEntry("count", 50);
        assertThat(list(answer, "results")).hasSize(50);
        assertThat(list(answer, "errors")).hasSize(50);
        for (int i = 0; i < 50; i++) {
            if (i % 20 == 5) {
                assertThat(list(answer, "results").get(i)).isNull();
                assertThat(list(answer, "errors").get(i))
                        .startsWith("input " + i + ": ")
                        .contains("ValueError: " + i);
            } else {
                assertThat(list(answer, "errors").get(i)).isNull();
                assertThat(json(list(answer, "results").get(i))).containsEntry("stdout", i + "\n");
            }
        }
    }

    @Test
    void noMoreRunAtOnceThanMay(ToolSession session) throws Exception {
        String count = "touch /tmp/run-$$; ls /tmp/run-* | wc -l; sleep 0.1; rm /tmp/run-$$";
        Map<String, Object> answer = batch(
                session,
                "mcp__sandbox__execute_shell",
                IntStream.range(0, 30)
                        .<Map<String, Object>>mapToObj(_ -> Map.of("command", count))
                        .toList());
        List<Integer> seen = list(answer, "results").stream()
                .map(result -> Integer.parseInt(((String) json(result).get("stdout")).strip()))
                .toList();
        assertThat(seen).allSatisfy(n -> assertThat(n).isLessThanOrEqualTo(Batch.AT_ONCE));
        assertThat(seen).anySatisfy(n -> assertThat(n).isGreaterThan(1));
    }

    @Test
    void eachInputOfCodeIsAProcessOfItsOwn(ToolSession session) throws Exception {
        session.call("mcp__sandbox__execute_code", Map.of("code", "x = 1"));
        Map<String, Object> answer = batch(
                session, "execute_code", List.of(Map.of("code", "print('x' in globals())"), Map.of("code", "x = 2")));
        assertThat(json(list(answer, "results").getFirst())).containsEntry("stdout", "False\n");
        assertThat(json(session.call("mcp__sandbox__execute_code", Map.of("code", "print(x)"))
                        .output()))
                .containsEntry("stdout", "1\n");
    }

    @Test
    void badInputsAndUnknownToolsAreErrorsOfTheirOwn(ToolSession session) throws Exception {
        Map<String, Object> bad = batch(
                session,
                "execute_shell",
                List.of(Map.of("command", "echo ok"), Map.of("wrong", 1), Map.of("command", "exit 4")));
        assertThat(list(bad, "results").get(0)).contains("ok");
        assertThat(list(bad, "errors").get(1))
                .startsWith("input 1: ")
                .contains("command is missing", "wrong is not a field");
        assertThat(list(bad, "errors").get(2)).startsWith("input 2: ").contains("\"exit_code\":4");
        Map<String, Object> unknown = batch(session, "nope", List.of(Map.of(), Map.of()));
        assertThat(list(unknown, "errors"))
                .allSatisfy(error -> assertThat(error).contains("no tool nope"));
        assertThat(batch(session, "execute_code", List.of()))
                .containsEntry("count", 0)
                .containsEntry("results", List.of());
    }

    @Test
    void allResultsTogetherAreBounded(ToolSession session) throws Exception {
        ToolOutcome outcome = session.call(
                "mcp__sandbox__batch",
                Map.of(
                        "tool_name",
                        "execute_shell",
                        "tool_inputs",
                        IntStream.range(0, 20)
                                .mapToObj(_ -> Map.of("command", "yes | head -c 100000"))
                                .toList()));
        assertThat(outcome.output().length()).isLessThan(260_000);
        assertThat(outcome.truncatedBytes()).isGreaterThan(1_800_000);
    }
}
