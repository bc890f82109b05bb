package dev.belay.server.cloudagent;

import static dev.belay.server.cloudagent.SubagentHouse.body;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.server.Api;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The definitions of sub-agents that a request may bring. */
@Timeout(120)
class SubagentDefinitionsTest {
    private static SubagentHouse house;

    @BeforeAll
    static void start(@TempDir Path data) {
        house = SubagentHouse.open(data);
    }

    @AfterAll
    static void stop() {
        house.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "agents.a.colour | {'a': {'description': 'd', 'prompt': 'p', 'colour': 'red'}}",
                "agents.a.description | {'a': {'prompt': 'p'}}",
                "agents.a.prompt | {'a': {'description': 'd', 'prompt': ''}}",
                "agents.a.tools | {'a': {'description': 'd', 'prompt': 'p', 'tools': ['Bush']}}",
                "agents.a.tools | {'a': {'description': 'd', 'prompt': 'p', 'tools': ['Task']}}",
                "agents.a.tools | {'a': {'description': 'd', 'prompt': 'p', 'tools': ['Bash(git *)']}}",
                "agents.a.disallowed_tools | {'a': {'description': 'd', 'prompt': 'p', 'disallowed_tools': ['Bush']}}",
                "agents.a.model | {'a': {'description': 'd', 'prompt': 'p', 'model': 'nobody:m'}}",
                "agents.a.max_turns | {'a': {'description': 'd', 'prompt': 'p', 'max_turns': 0}}",
                "agents.a.max_budget_usd | {'a': {'description': 'd', 'prompt': 'p', 'max_budget_usd': -1}}",
                "agents.a.permission_mode | {'a': {'description': 'd', 'prompt': 'p', 'permission_mode': 'x'}}",
                "agents.a | {'a': 1}",
                "agents | {'a b': {'description': 'd', 'prompt': 'p'}}",
                "agents | []"
            })
    void aDefinitionThatIsWrongIsRefusedByName(String field, String agents) {
        Api.Answer answer =
                house.api().post("/agent/run", body("asks-once", "\"agents\": " + agents.replace('\'', '"')));
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        assertThat(answer.errorField()).isEqualTo(field);
    }

    @Test
    void thereAreNotTooManyNorTooLongOnes() {
        String many = IntStream.range(0, 33)
                .mapToObj(i -> "\"a" + i + "\": {\"description\": \"d\", \"prompt\": \"p\"}")
                .collect(Collectors.joining(", "));
        assertThat(house.api()
                        .post("/agent/run", body("asks-once", "\"agents\": {" + many + "}"))
                        .errorField())
                .isEqualTo("agents");
        assertThat(house.api()
                        .post(
                                "/agent/run",
                                body(
                                        "asks-once",
                                        "\"agents\": {\"a\": {\"description\": \"d\", \"prompt\": \""
                                                + "x".repeat((64 << 10) + 1) + "\"}}"))
                        .errorField())
                .isEqualTo("agents.a.prompt");
    }
}
