package dev.belay.agent.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.agent.compaction.CompactionPolicy;
import dev.belay.agent.compaction.CompactionPolicy.Strategy;
import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.model.Message;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.agent.session.request.TurnRequest;
import dev.belay.agent.session.request.TurnRequest.WhenBusy;
import dev.belay.agent.session.view.Compacted;
import dev.belay.agent.tool.builtin.BuiltinTools;
import dev.belay.api.ConflictException;
import dev.belay.api.Money;
import dev.belay.api.SessionId;
import dev.belay.api.TurnId;
import dev.belay.api.event.Event;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.api.event.TurnStatus;
import dev.belay.store.StoredJson;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions whose conversation grows beyond what their model takes, and what it is told before all else. */
class LongSessionsTest {
    /** Long enough that three of them do not fit into the model's context beside the tools. */
    private static final String LONG = "It is a long story. ".repeat(1700);

    @TempDir
    Path root;

    private House house;

    @AfterEach
    void close() {
        house.close();
    }

    private void house(Strategy strategy) {
        AgentDefinition agent = AgentDefinition.standard();
        house = new House(
                root,
                BuiltinTools.toolbox(),
                SessionLimits.DEFAULT,
                new AgentDefinition(
                        agent.name(),
                        agent.systemPrompt(),
                        agent.tools(),
                        agent.maxModelCalls(),
                        new CompactionPolicy(0.75, 0.3, 1, strategy)));
    }

    /** A model that takes 20,000 tokens and says these texts; each counts as one cent. */
    private SessionId session(String directory, String... texts) throws Exception {
        List<Map<String, Object>> steps = new ArrayList<>();
        for (String text : texts) {
            steps.add(Map.of("text", text, "usage", Map.of("output_tokens", 10_000)));
        }
        house.script(
                "long",
                StoredJson.encode(Map.of("context_tokens", 20_000, "price", Map.of("output", 1), "steps", steps)));
        return house.sessions
                .create(house.scope, Optional.empty(), Options.in("long", directory), Optional.empty())
                .session();
    }

    private TurnEvent.Finished say(SessionId session, String prompt, TurnOptions options) {
        TurnId turn = house.sessions
                .message(
                        house.scope,
                        session,
                        new TurnRequest(prompt, options, WhenBusy.REFUSE, Map.of()),
                        Optional.empty())
                .turn();
        return house.end(house.scope, session, turn);
    }

    private TurnEvent.Finished say(SessionId session, String prompt) {
        return say(session, prompt, TurnOptions.NONE);
    }

    private static TurnOptions pinned() {
        return new TurnOptions(
                Optional.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty(), Optional.empty(), true);
    }

    private List<Event> events(SessionId session) {
        return house.log.read(house.scope, StreamId.of(session), 0, 1000);
    }

    private <T extends EventBody> List<T> of(SessionId session, Class<T> type) {
        return House.of(House.bodies(events(session)), type);
    }

    private List<String> told(SessionId session) {
        return Conversation.read(house.log, house.scope, StreamId.of(session)).messages().stream()
                .filter(Message.User.class::isInstance)
                .map(message -> ((Message.User) message).text())
                .toList();
    }

    @Test
    void anOldTurnGivesWayToASummaryBeforeTheOneThatWouldNotFit() throws Exception {
        house(Strategy.DETERMINISTIC);
        SessionId session = session("/workspace", LONG, LONG, "Short.", "Still here.");
        say(session, "Tell me a story.");
        say(session, "Never say the end.", pinned());
        say(session, "Go on.");
        assertThat(of(session, TurnEvent.Compacted.class)).hasSize(1);
        assertThat(say(session, "And?").summary()).isEqualTo("Still here.");

        assertThat(of(session, TurnEvent.Compacted.class)).singleElement().satisfies(compacted -> {
            assertThat(compacted.strategy()).isEqualTo("digest");
            assertThat(compacted.after().tokens())
                    .isLessThan(15_000)
                    .isLessThan(compacted.before().tokens());
            assertThat(compacted.summary()).contains("It is a long story.");
        });
        assertThat(told(session)).hasSize(5).first().asString().startsWith("# Summary of this conversation so far");
        assertThat(told(session).subList(1, 5))
                .containsExactly("Tell me a story.", "Never say the end.", "Go on.", "And?");
        assertThat(of(session, MessageEvent.Text.class))
                .as("the originals")
                .extracting(MessageEvent.Text::text)
                .contains(LONG);
    }

    @Test
    void aModelMakesTheSummaryIfItIsToAndIsPaidForIt() throws Exception {
        house(Strategy.MODEL);
        SessionId session = session("/workspace", LONG, LONG, "They told long stories.", "Short.");
        say(session, "Tell me a story.");
        say(session, "Another.");

        TurnEvent.Finished finished = say(session, "Go on.");

        assertThat(finished.summary()).isEqualTo("Short.");
        assertThat(finished.modelCalls()).isEqualTo(1);
        assertThat(finished.usage().outputTokens()).isEqualTo(20_000);
        assertThat(of(session, ModelEvent.Summarised.class)).hasSize(1);
        assertThat(of(session, TurnEvent.Compacted.class)).singleElement().satisfies(compacted -> {
            assertThat(compacted.strategy()).isEqualTo("model");
            assertThat(compacted.summary()).endsWith("> They told long stories.\n");
        });
        assertThat(house.sessions.status(house.scope, session).usage().outputTokens())
                .isEqualTo(40_000);
        assertThat(of(session, MessageEvent.Text.class))
                .extracting(MessageEvent.Text::text)
                .doesNotContain("They told long stories.");
    }

    @Test
    void whereNoBudgetIsLeftForASummaryThereIsADigest() throws Exception {
        house(Strategy.MODEL);
        SessionId session = session("/workspace", LONG, LONG, "They told long stories.", "Short.");
        say(session, "Tell me a story.");
        say(session, "Another.");

        TurnEvent.Finished finished = say(
                session,
                "Go on.",
                new TurnOptions(
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.of(Money.ofDollars(new BigDecimal("0.005"))),
                        Optional.empty()));

        assertThat(finished.status()).isEqualTo(TurnStatus.BUDGET_EXCEEDED);
        assertThat(of(session, TurnEvent.Compacted.class))
                .extracting(TurnEvent.Compacted::strategy)
                .containsExactly("digest");
        assertThat(of(session, ModelEvent.Summarised.class)).isEmpty();
    }

    @Test
    void aConversationThatCannotBecomeSmallerGoesOnAndSaysSo() throws Exception {
        house(Strategy.DETERMINISTIC);
        SessionId session = session("/workspace", "One.", "Two.", "Three.");
        say(session, "First.");
        say(session, LONG.repeat(3), pinned());

        assertThat(say(session, "Go on.").summary()).isEqualTo("Three.");

        assertThat(of(session, TurnEvent.Compacted.class)).isEmpty();
        assertThat(of(session, TurnEvent.NotCompacted.class))
                .last()
                .satisfies(refused -> assertThat(refused.reason()).contains("what is pinned"));
    }

    @Test
    void aSessionIsCompactedWhenItsUserAsksForItBetweenTwoTurns() throws Exception {
        house(Strategy.MODEL);
        SessionId session = session("/workspace", LONG, "Short.", "On.");
        say(session, "Tell me a story.");

        Compacted compacted = house.sessions.compact(house.scope, session);

        assertThat(compacted.notPossible()).isEmpty();
        assertThat(compacted.after().tokens()).isLessThan(compacted.before().tokens() - 3_000);
        assertThat(of(session, TurnEvent.Compacted.class))
                .as("no model is asked")
                .extracting(TurnEvent.Compacted::strategy)
                .containsExactly("digest");
        Compacted again = house.sessions.compact(house.scope, session);
        assertThat(again.notPossible())
                .hasValueSatisfying(reason -> assertThat(reason).contains("smaller by 30 %"));
        assertThat(again.after()).isEqualTo(again.before());
        assertThat(say(session, "Go on.").summary()).isEqualTo("Short.");
    }

    @Test
    void aSessionIsNotCompactedWhileATurnRuns() throws Exception {
        house(Strategy.DETERMINISTIC);
        house.script("sleeps", "{\"steps\": [{\"delay_ms\": 60000}]}");
        SessionId session = house.start("go", Options.script("sleeps"));

        assertThatThrownBy(() -> house.sessions.compact(house.scope, session))
                .isInstanceOfSatisfying(
                        ConflictException.class, e -> assertThat(e.code()).isEqualTo("session_busy"));
    }

    @Test
    void whatTheModelIsToldFirstIsDecidedOnceAndHoldsTheRulesOfTheProject() throws Exception {
        house(Strategy.DETERMINISTIC);
        SessionId session = session("/workspace/app", "One.", "Two.");
        Path project = house.projects.open(house.scope, "app").directory();
        Files.writeString(project.resolve("AGENTS.md"), "Use tabs.");
        Files.createDirectories(project.resolve(".claude/skills/release"));
        Files.writeString(
                project.resolve(".claude/skills/release/SKILL.md"), "---\ndescription: Makes a release.\n---\nSteps.");
        say(session, "First.");
        Files.writeString(project.resolve("AGENTS.md"), "Use spaces.");
        say(session, "Second.");

        assertThat(of(session, SessionEvent.Instructed.class)).singleElement().satisfies(instructed -> {
            assertThat(instructed.rules()).containsExactly("AGENTS.md");
            assertThat(instructed.skills()).containsExactly("release");
            assertThat(instructed.systemPrompt()).contains("Use tabs.", "- release: Makes a release.");
        });
    }

    @Test
    void whereThereCanBeNoFilesNoSandboxIsStartedToFindThem() throws Exception {
        house(Strategy.DETERMINISTIC);
        SessionId session = session("/workspace", "One.");
        say(session, "First.");

        assertThat(of(session, SessionEvent.Instructed.class)).hasSize(1);
        assertThat(house.lifecycle.of(house.scope, session)).isEmpty();
    }
}
