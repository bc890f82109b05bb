package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.Money;
import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer.Received;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import dev.belay.server.Api;
import dev.belay.server.Lines;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the models of sub-agents are told, with whose key, and what they may cost together. */
@Timeout(120)
class SubagentModelsTest {
    private static final String LEADER = ModelHouse.model(Style.MESSAGES);
    private static final int MANY = 50;
    /** In micro-dollars: the 1,000 tokens that an answer has at most, at ten dollars for a million. */
    private static final long DEAREST_ANSWER = 10_000;

    @TempDir
    Path data;

    private static String task(String agent, String prompt) {
        return "{\"description\":\"part\",\"prompt\":\"" + prompt + "\",\"subagent_type\":\"" + agent + "\"}";
    }

    private static String run(String agents, String more) {
        return "{\"prompt\": \"lead\", \"model\": \"" + LEADER + "\", \"agents\": {" + agents + "}" + more + "}";
    }

    private static JsonNode json(Received request) {
        return JsonMapper.shared().readTree(request.body());
    }

    /** A provider that counts what it bills for, and what is under way. */
    private static final class Ledger {
        private final Random random = new Random(4711);
        private long billed;
        private int answering;
        private int most;
        private long peak;

        Reply answer(Received request) {
            if (request.body().contains("\"lead\"")) {
                return request.body().contains("tool_result")
                        ? bill(new Answer().text("All done."), 1000, 10)
                        : bill(leads(), 1000, 10);
            }
            int output;
            synchronized (this) {
                answering++;
                most = Math.max(most, answering);
                peak = Math.max(peak, billed + answering * DEAREST_ANSWER);
                output = 1 + random.nextInt(1000);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            synchronized (this) {
                answering--;
            }
            return bill(new Answer().text("Part done."), 500, output);
        }

        private static Answer leads() {
            Answer answer = new Answer();
            IntStream.range(0, MANY).forEach(i -> answer.call("toolu_" + i, "Task", task("part", "do part " + i)));
            return answer;
        }

        private synchronized Reply bill(Answer answer, int input, int output) {
            billed += 2L * input + 10L * output;
            return answer.counts(input, output).in(Style.MESSAGES);
        }

        synchronized BigDecimal dollars() {
            return new Money(billed).dollars();
        }
    }

    /** Half a dollar is enough for all that is done, and not for all worst cases at once; the tenth of it is not enough for all. */
    @ParameterizedTest
    @ValueSource(strings = {"0.5", "0.1"})
    void fiftyAtOnceNeverExceedWhatWasReserved(String budget) {
        Ledger ledger = new Ledger();
        try (ModelHouse house = new ModelHouse(data, Map.of("agent.subagents", "" + MANY), ledger::answer)) {
            Lines lines = house.api()
                    .run(run(
                            "\"part\": {\"description\": \"Does a part.\", \"prompt\": \"You do a part.\", \"tools\": []}",
                            ", \"max_budget_usd\": " + budget));

            JsonNode result = lines.result();
            assertThat(result.get("cost_usd").decimalValue())
                    .as("what the provider billed")
                    .isEqualByComparingTo(ledger.dollars())
                    .isLessThanOrEqualTo(new BigDecimal(budget));
            assertThat(new Money(ledger.peak).dollars())
                    .as("billed, and under way at its worst")
                    .isLessThanOrEqualTo(new BigDecimal(budget));
            assertThat(ledger.most).as("how many at once").isGreaterThan(1).isLessThan(MANY);
            List<JsonNode> ends = lines.of("status").stream()
                    .filter(line -> line.get("message").asString().equals("subagent_finished"))
                    .toList();
            assertThat(ends).hasSize(MANY);
            assertThat(ends.stream()
                            .map(end -> end.get("cost_usd").decimalValue())
                            .reduce(BigDecimal.ZERO, BigDecimal::add))
                    .isLessThanOrEqualTo(result.get("cost_usd").decimalValue());
            if (budget.equals("0.5")) {
                assertThat(result.get("status").asString()).isEqualTo("success");
                assertThat(ends)
                        .allSatisfy(
                                end -> assertThat(end.get("status").asString()).isEqualTo("success"));
            } else {
                assertThat(ends.stream().map(end -> end.get("status").asString()))
                        .contains("success", "budget_exceeded");
            }
            JsonNode status = house.api().status(lines.session());
            assertThat(status.at("/usage/cost_usd").decimalValue()).isEqualByComparingTo(ledger.dollars());
            assertThat(house.api()
                            .get("/agent/usage")
                            .json()
                            .at("/total/cost_usd")
                            .decimalValue())
                    .isEqualByComparingTo(ledger.dollars());
        }
    }

    @Test
    void noMoreOfThemWorkAtOnceThanMay() {
        Ledger ledger = new Ledger();
        try (ModelHouse house = new ModelHouse(data, Map.of("agent.subagents", "3"), ledger::answer)) {
            Lines lines = house.api().run(run("\"part\": {\"description\": \"d\", \"prompt\": \"p\"}", ""));

            assertThat(lines.result().get("status").asString()).isEqualTo("success");
            assertThat(lines.of("tool_result")).hasSize(MANY);
            assertThat(ledger.most).isBetween(2, 3);
        }
    }

    @Test
    void aSubagentIsToldItsPromptItsTaskAndNothingOfTheConversation() {
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(
                    new Answer()
                            .text("A word of the leader.")
                            .call("toolu_1", "Task", task("reader", "read this"))
                            .in(Style.MESSAGES),
                    new Answer().text("It says so.").in(Style.MESSAGES),
                    new Answer().text("Led.").in(Style.MESSAGES));

            house.api()
                    .run(run(
                            "\"reader\": {\"description\": \"Reads what matters.\", \"prompt\": \"You read in {directory}.\","
                                    + " \"tools\": [\"Read\", \"Grep\"]}",
                            ", \"system_prompt\": \"The house rule.\""));

            JsonNode leader = json(house.models.received().get(0));
            JsonNode reader = json(house.models.received().get(1));
            JsonNode after = json(house.models.received().get(2));
            assertThat(leader.get("tools")
                            .valueStream()
                            .filter(tool -> tool.get("name").asString().equals("Task")))
                    .singleElement()
                    .satisfies(tool -> assertThat(tool.get("description").asString())
                            .contains("- general-purpose: ", "- reader: Reads what matters."));
            assertThat(reader.get("tools")
                            .valueStream()
                            .map(tool -> tool.get("name").asString()))
                    .containsExactly("Read", "Grep");
            assertThat(reader.get("system").toString())
                    .contains("You read in /workspace.", "Working directory: /workspace")
                    .doesNotContain("The house rule.");
            assertThat(reader.get("messages")).hasSize(1);
            assertThat(reader.get("messages").toString()).contains("read this").doesNotContain("lead");
            assertThat(after.get("messages")).hasSize(3);
            assertThat(after.at("/messages/2").toString()).contains("It says so.");
            assertThat(after.get("tools")).isEqualTo(leader.get("tools"));
        }
    }

    @Test
    void aForkAnImportAndARestartAskWithTheSameConversation() {
        Map<String, JsonNode> asked = new HashMap<>();
        String session;
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            Api api = house.api();
            session = api.post(
                            "/agent/session",
                            "{\"options\": {\"model\": \"" + LEADER
                                    + "\", \"agents\": {\"reader\": {\"description\": \"d\", \"prompt\": \"p\"}}}}")
                    .json()
                    .get("session_id")
                    .asString();
            house.models.reply(
                    new Answer()
                            .call("toolu_1", "Task", task("reader", "read this"))
                            .in(Style.MESSAGES),
                    new Answer()
                            .text("I list.")
                            .call("toolu_2", "TodoWrite", "{\"todos\":[]}")
                            .in(Style.MESSAGES),
                    new Answer().text("It says so.").in(Style.MESSAGES),
                    new Answer().text("Led.").in(Style.MESSAGES));
            say(api, session);
            String fork = id(api.post("/agent/session/" + session + "/fork", ""));
            String imported = id(api.call(
                    "POST",
                    "/agent/sessions/import",
                    api.get("/agent/session/" + session + "/export").text().getBytes(StandardCharsets.UTF_8)));
            for (String copy : List.of(fork, imported)) {
                asked.put(copy, nextRequest(house, api, copy));
            }
        }
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            asked.put(session, nextRequest(house, house.api(), session));
        }

        assertThat(asked.values().stream().distinct()).singleElement().satisfies(messages -> {
            assertThat(messages).hasSize(5);
            assertThat(messages.at("/2").toString()).contains("It says so.", "toolu_1");
            assertThat(messages.toString()).doesNotContain("I list.");
        });
    }

    private static String id(Api.Answer answer) {
        return answer.json().get("session_id").asString();
    }

    private static Lines say(Api api, String session) {
        try (Api.Stream stream =
                api.stream("POST", "/agent/session/" + session + "/message", "{\"prompt\": \"go on\"}")) {
            return stream.toEnd();
        }
    }

    /** The messages with which the session's model is asked next. */
    private static JsonNode nextRequest(ModelHouse house, Api api, String session) {
        house.models.reply(new Answer().text("Went on.").in(Style.MESSAGES));
        assertThat(say(api, session).result().get("status").asString()).isEqualTo("success");
        return json(house.models.received().getLast()).get("messages");
    }

    @Test
    void aKeyOfTheRequestGoesToNoOtherProvidersSubagent() {
        String sent = "sent-with-the-request-4711";
        try (ModelHouse house = new ModelHouse(data, Map.of())) {
            house.models.reply(
                    new Answer().call("toolu_1", "Task", task("other", "a")).in(Style.MESSAGES),
                    new Answer().text("Other.").in(Style.CHAT),
                    new Answer().call("toolu_2", "Task", task("same", "b")).in(Style.MESSAGES),
                    new Answer().text("Same.").in(Style.MESSAGES),
                    new Answer().text("Led.").in(Style.MESSAGES));
            Api api = house.api().with("X-Belay-Provider-Key", "anthropic=" + sent);

            Lines lines = api.run(run(
                    "\"other\": {\"description\": \"d\", \"prompt\": \"p\", \"model\": \""
                            + ModelHouse.model(Style.CHAT)
                            + "\"}, \"same\": {\"description\": \"d\", \"prompt\": \"p\", \"model\": \"inherit\"}",
                    ""));

            assertThat(lines.result().get("status").asString()).isEqualTo("success");
            assertThat(house.models.received().stream().map(ModelHouse::keyOf))
                    .containsExactly(sent, ModelHouse.KEY, sent, sent, sent);
        }
    }
}
