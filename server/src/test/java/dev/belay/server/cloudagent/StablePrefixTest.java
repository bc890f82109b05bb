package dev.belay.server.cloudagent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Style;
import dev.belay.server.Api;
import dev.belay.server.Lines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a provider keeps of one request serves the next: each begins with the bytes of the one before. */
class StablePrefixTest {
    private static ModelHouse house;

    @BeforeAll
    static void start(@TempDir Path data) {
        house = new ModelHouse(data, Map.of());
    }

    @AfterAll
    static void stop() {
        house.close();
    }

    @ParameterizedTest
    @EnumSource(Style.class)
    void ofTwentyRequestsEachBeginsWithTheOneBefore(Style style) {
        int before = house.models.received().size();
        for (int i = 1; i < 20; i++) {
            Answer answer =
                    new Answer().thinking("sig" + i, "Thought " + i + ".").text("Step " + i + ".");
            for (int call = 0; call <= i % 3; call++) {
                answer.call(
                        "call_" + i + "_" + call,
                        i % 2 == 0 ? "Glob" : "Bash",
                        i % 2 == 0
                                ? "{\"pattern\": \"*.txt\"}"
                                : "{\"command\":\"echo " + i + " > " + call + ".txt\"}");
            }
            house.models.reply(answer.in(style));
        }
        house.models.reply(new Answer().text("Done.").in(style));

        assertThat(house.api()
                        .run("{\"prompt\": \"go\", \"model\": \"" + ModelHouse.model(style) + "\"}")
                        .result()
                        .path("summary")
                        .asString())
                .isEqualTo("Done.");

        List<String> sent = house.models.received().stream()
                .skip(before)
                .map(StablePrefixTest::toolsSystemMessages)
                .toList();
        assertThat(sent).hasSize(20);
        for (int i = 1; i < sent.size(); i++) {
            assertThat(commonPrefix(sent.get(i - 1), sent.get(i)))
                    .as("request %s in request %s", i, i + 1)
                    .isGreaterThanOrEqualTo(sent.get(i - 1).length() - 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Style.class)
    void ofTwentyMessagesToASessionEachRequestBeginsWithTheOneBeforeAlsoAfterARestart(Style style, @TempDir Path data)
            throws Exception {
        List<String> sent = new ArrayList<>();
        String session = "";
        for (int half = 0; half < 2; half++) {
            try (ModelHouse started = new ModelHouse(data, Map.of())) {
                Api api = started.api();
                if (half == 0) {
                    session = api.post(
                                    "/agent/session",
                                    "{\"model\": \"" + ModelHouse.model(style)
                                            + "\", \"working_dir\": \"/workspace/app\"}")
                            .json()
                            .path("session_id")
                            .asString();
                }
                for (int i = 0; i < 10; i++) {
                    String file = half == 0 && i == 0 ? "AGENTS.md" : "notes.md";
                    started.models.reply(
                            new Answer()
                                    .thinking("sig" + i, "Thought.")
                                    .call(
                                            "call_" + half + "_" + i,
                                            "Write",
                                            "{\"file_path\":\"" + file + "\",\"content\":\"Rule " + i + "\"}")
                                    .in(style),
                            new Answer().text("Answer " + i + ".").in(style));
                    try (Api.Stream stream = api.stream(
                            "POST", "/agent/session/" + session + "/message", "{\"prompt\": \"message " + i + "\"}")) {
                        assertThat(stream.toEnd().result().path("result").asString())
                                .isEqualTo("Answer " + i + ".");
                    }
                }
                started.models.received().forEach(request -> sent.add(toolsSystemMessages(request)));
            }
        }

        assertThat(sent).hasSize(40);
        for (int i = 1; i < sent.size(); i++) {
            assertThat(commonPrefix(sent.get(i - 1), sent.get(i)))
                    .as("request %s in request %s", i, i + 1)
                    .isGreaterThanOrEqualTo(sent.get(i - 1).length() * 9 / 10);
        }
    }

    @Test
    void theSkillToolIsOfferedWhereThereAreSkills() {
        house.models.reply(
                new Answer()
                        .call(
                                "c",
                                "Bash",
                                "{\"command\":\"mkdir -p .belay/skills/tidy && printf -- '---\\\\ndescription: Tidies up.\\\\n---\\\\nSweep.'"
                                        + " > .belay/skills/tidy/SKILL.md\"}")
                        .in(Style.MESSAGES),
                new Answer().text("Made.").in(Style.MESSAGES),
                new Answer().call("d", "Skill", "{\"name\":\"tidy\"}").in(Style.MESSAGES),
                new Answer().text("Swept.").in(Style.MESSAGES));
        String run = "{\"prompt\": \"go\", \"working_dir\": \"/workspace/skilled\", \"model\": \""
                + ModelHouse.model(Style.MESSAGES) + "\"}";
        house.api().run(run);
        assertThat(house.models.received().getLast().body()).doesNotContain("\"name\":\"Skill\"");

        Lines second = house.api().run(run);

        assertThat(second.of("tool_result").getFirst().path("output").asString())
                .endsWith("Sweep.");
        assertThat(house.models.received().getLast().body())
                .contains("\"name\":\"Skill\"")
                .contains("- tidy: Tidies up.");
    }

    @Test
    void openAiIsToldWhichRequestsBeginAlike() {
        int before = house.models.received().size();
        for (Style style : List.of(Style.CHAT, Style.RESPONSES, Style.MESSAGES)) {
            house.models.reply(new Answer().text("Hi.").in(style));
            String session = house.api()
                    .run("{\"prompt\": \"hi\", \"model\": \"" + ModelHouse.model(style) + "\"}")
                    .result()
                    .path("session_id")
                    .asString();
            assertThat(body(house.models.received().getLast())
                            .path("prompt_cache_key")
                            .asString())
                    .isEqualTo(style == Style.MESSAGES ? "" : session);
        }
        assertThat(house.models.received()).hasSize(before + 3);
    }

    private static JsonNode body(ModelServer.Received request) {
        return JsonMapper.shared().readTree(request.body());
    }

    /** In the order in which providers keep them, without the marks that say where to. */
    private static String toolsSystemMessages(ModelServer.Received request) {
        JsonNode body = body(request);
        unmark(body);
        return body.path("tools").toString()
                + body.path("system")
                + body.path("instructions")
                + body.path("messages")
                + body.path("input");
    }

    private static void unmark(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove("cache_control");
        }
        node.forEach(StablePrefixTest::unmark);
    }

    private static int commonPrefix(String one, String other) {
        int most = Math.min(one.length(), other.length());
        int i = 0;
        while (i < most && one.charAt(i) == other.charAt(i)) {
            i++;
        }
        return i;
    }
}
