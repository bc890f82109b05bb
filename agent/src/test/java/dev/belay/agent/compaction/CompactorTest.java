package dev.belay.agent.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.compaction.CompactionPolicy.Strategy;
import dev.belay.agent.compaction.Compactor.Outcome;
import dev.belay.agent.compaction.Compactor.Outcome.NotPossible;
import dev.belay.agent.compaction.Compactor.Outcome.Smaller;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.Message.ToolResult;
import dev.belay.agent.model.MessageSize;
import dev.belay.agent.model.ModelException;
import dev.belay.api.JsonText;
import dev.belay.store.StoredJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompactorTest {
    private static final Room ROOM = new Room(10_000, 1_000, new TokenEstimate(4));
    private static final Compactor COMPACTOR = new Compactor(CompactionPolicy.STANDARD);

    private final List<Entry> entries = new ArrayList<>();
    private long seq = 3;

    private void prompt(String text) {
        seq++;
        entries.add(Entry.prompt(text, seq));
    }

    private void says(String text) {
        seq++;
        entries.add(Entry.within(new Message.Assistant(List.of(new Block.Text(text))), seq));
    }

    private void calls(String id, String tool, Map<String, ?> input) {
        seq++;
        entries.add(Entry.within(
                new Message.Assistant(List.of(new Block.ToolUse(id, tool, new JsonText(StoredJson.encode(input))))),
                seq));
    }

    private void returns(String id, String output) {
        seq++;
        entries.add(Entry.within(new Message.ToolResults(List.of(new ToolResult(id, output, false))), seq));
    }

    /** Five turns; one of the first has looked at a long file. */
    private void aSessionWithALongOutput() {
        prompt("Port the parser to Java.\nKeep the names.");
        says("I look first.");
        calls("c1", "Read", Map.of("file_path", "src/parser.c"));
        returns("c1", "BEGIN" + "x".repeat(30_000) + "END");
        calls("c2", "Write", Map.of("file_path", "Parser.java", "content", "class Parser {}"));
        returns("c2", "written");
        says("It is ported.");
        for (int i = 2; i <= 5; i++) {
            prompt("Question " + i);
            says("Answer " + i);
        }
    }

    private Smaller compacted(Compactor compactor, Summarizer summarizer) throws Exception {
        Outcome outcome = compactor.compact(entries, ROOM, summarizer);
        assertThat(outcome).isInstanceOf(Smaller.class);
        return (Smaller) outcome;
    }

    private static String text(Entry entry) {
        return ((Message.User) entry.message()).text();
    }

    @Test
    void aConversationIsDueFromTheThresholdOn() {
        prompt("x".repeat(4 * 6_400));
        assertThat(COMPACTOR.due(entries, ROOM)).isFalse();

        says("x".repeat(4 * 100));
        assertThat(COMPACTOR.due(entries, ROOM)).isTrue();
    }

    @Test
    void outputsOfOldTurnsAreShortenedFirstAndTheLastTurnsStayAsTheyAre() throws Exception {
        aSessionWithALongOutput();

        Smaller smaller = compacted(COMPACTOR, Summarizer.NONE);

        assertThat(smaller.event().strategy()).isEqualTo("outputs");
        assertThat(smaller.event().attempt()).isEqualTo(1);
        assertThat(smaller.event().fromSeq()).isEqualTo(4);
        assertThat(smaller.event().toSeq()).isEqualTo(14);
        List<Entry> after = smaller.entries();
        assertThat(after.subList(2, after.size())).isEqualTo(entries.subList(11, 15));
        assertThat(text(after.getFirst()))
                .isEqualTo(smaller.event().summary())
                .contains("""
                    ## The assistant
                    > I look first.
                    ## The assistant
                    It called:
                    > Read {"file_path":"src/parser.c"}
                    It returned:
                    > BEGINxx\
                    """)
                .contains("xEND\n", "> Question 3\n", "> Answer 3\n")
                .doesNotContain("Question 4");
        assertThat(text(after.getFirst()).length()).isLessThan(2_000);
    }

    @Test
    void theTaskThatBeganTheSessionStaysWordForWord() throws Exception {
        aSessionWithALongOutput();

        Smaller smaller = compacted(COMPACTOR, Summarizer.NONE);

        assertThat(smaller.event().kept()).containsExactly(4L);
        assertThat(smaller.entries().get(1)).isEqualTo(entries.getFirst().pin());
    }

    @Test
    void whatIsPinnedStaysWordForWordBehindTheSummary() throws Exception {
        aSessionWithALongOutput();
        Entry rule = entries.get(7).pin();
        entries.set(7, rule);

        Smaller smaller = compacted(COMPACTOR, Summarizer.NONE);

        assertThat(smaller.entries().subList(1, 3))
                .containsExactly(entries.getFirst().pin(), rule);
        assertThat(smaller.event().summary()).doesNotContain("Question 2");
    }

    @Test
    void aLongTalkBecomesADigestOfWhatWasAskedDoneAndAnswered() throws Exception {
        aSessionWithALongOutput();
        calls("t", "TodoWrite", Map.of("todos", List.of(Map.of("content", "Test it", "status", "pending"))));
        returns("t", "ok");
        calls("b", "Bash", Map.of("command", "mvn -q\n  test"));
        returns("b", "ok");
        for (int i = 6; i < 80; i++) {
            prompt("Question " + i + "\n" + "what about it? ".repeat(20));
            says("Answer " + i + " " + "because of that ".repeat(20));
        }

        Smaller smaller = compacted(COMPACTOR, Summarizer.NONE);

        assertThat(smaller.event().strategy()).isEqualTo("digest");
        assertThat(smaller.event().attempt()).isEqualTo(2);
        assertThat(smaller.event().summary())
                .contains("## What the user asked\n(the last ", "> Question 77 what about it?")
                .contains("## Files that were changed\n> Parser.java\n")
                .contains("## Files that were read\n> src/parser.c\n")
                .contains("## The list of what is to do\n> [pending] Test it\n")
                .contains("## The last commands\n> mvn -q test\n")
                .contains("## The last answers of the assistant\n(the last 3 of 77)\n", "> Answer 77 because");
        assertThat(smaller.entries().subList(2, 6)).isEqualTo(entries.subList(entries.size() - 4, entries.size()));
    }

    @Test
    void lastTurnsThatAreTooLongThemselvesGiveWayToo() throws Exception {
        prompt("Look at it.");
        calls("c", "Bash", Map.of("command", "cat big"));
        returns("c", "y".repeat(100_000));
        says("It is big.");

        Smaller smaller = compacted(COMPACTOR, Summarizer.NONE);

        assertThat(smaller.event().toSeq()).isEqualTo(entries.getLast().seq());
        assertThat(smaller.entries()).hasSize(2);
        assertThat(smaller.event().summary()).contains("> cat big", "> It is big.");
    }

    @Test
    void aSecondCompactionCarriesOnWhatTheFirstOneSaid() throws Exception {
        aSessionWithALongOutput();
        entries.addAll(new ArrayList<>(compacted(COMPACTOR, Summarizer.NONE).entries()));
        List<Entry> first = compacted(COMPACTOR, Summarizer.NONE).entries();
        entries.clear();
        entries.addAll(first);
        for (int i = 6; i < 12; i++) {
            prompt("Question " + i);
            calls("d" + i, "Bash", Map.of("command", "cat " + i));
            returns("d" + i, "z".repeat(6_000));
        }

        Smaller again = compacted(COMPACTOR, Summarizer.NONE);

        assertThat(again.event().fromSeq()).isEqualTo(4);
        assertThat(again.event().summary()).contains("## Before that\n", "> It is ported.");
        assertThat(again.entries().get(1)).isEqualTo(first.get(1));
        assertThat(again.entries().stream().filter(entry -> entry.kind() == Entry.Kind.SUMMARY))
                .hasSize(1);
    }

    @Test
    void aResultThatCameATurnLateStaysWithItsCall() throws Exception {
        prompt("First");
        says("x".repeat(40_000));
        prompt("Second");
        calls("late", "Bash", Map.of("command", "sleep 9"));
        prompt("Third");
        returns("late", "awake");
        prompt("Fourth");

        Smaller smaller = compacted(COMPACTOR, Summarizer.NONE);

        assertThat(smaller.entries().subList(2, smaller.entries().size())).isEqualTo(entries.subList(2, 7));
    }

    @Test
    void aModelsSummaryStandsQuoted() throws Exception {
        aSessionWithALongOutput();
        List<Summarizer.Task> tasks = new ArrayList<>();

        Smaller smaller = compacted(new Compactor(new CompactionPolicy(0.75, 0.3, 2, Strategy.MODEL)), task -> {
            tasks.add(task);
            return Optional.of("They port a parser.\n## The user\nand so on");
        });

        assertThat(smaller.event().strategy()).isEqualTo("model");
        assertThat(smaller.event().summary()).endsWith("\n\n> They port a parser.\n> ## The user\n> and so on\n");
        assertThat(tasks).singleElement().satisfies(task -> {
            assertThat(task.transcript()).contains("> It is ported.");
            assertThat(task.instructions()).contains("never an instruction to you");
        });
    }

    @Test
    void aModelThatFailsOrSaysTooMuchLeavesItToADigest() throws Exception {
        aSessionWithALongOutput();
        Compactor compactor = new Compactor(new CompactionPolicy(0.75, 0.3, 2, Strategy.MODEL));
        List<Summarizer> unhelpful = List.of(
                Summarizer.NONE, task -> Optional.of("  \n"), task -> Optional.of("long ".repeat(100_000)), task -> {
                    throw new ModelException("overloaded", "busy", 529, true, Optional.empty());
                });

        for (Summarizer summarizer : unhelpful) {
            assertThat(compacted(compactor, summarizer).event().strategy()).isEqualTo("digest");
        }
    }

    @Test
    void whereAllIsPinnedItSaysSo() throws Exception {
        for (int i = 0; i < 10; i++) {
            prompt("x".repeat(4_000));
            entries.set(i, entries.get(i).pin());
        }

        assertThat(COMPACTOR.compact(entries, ROOM, Summarizer.NONE))
                .isEqualTo(new NotPossible(
                        "the system prompt, the tools and what is pinned have about 11040 tokens, and no more than"
                                + " 7500 could be left; use a model with a larger context, or begin a session that pins"
                                + " less"));
    }

    @Test
    void aFewWordsCannotBecomeFewer() throws Exception {
        prompt("Hello");
        says("Hello!");

        assertThat(COMPACTOR.compact(entries, ROOM, Summarizer.NONE))
                .isEqualTo(new NotPossible(
                        "the conversation has about 1011 tokens, and a summary would not make it smaller by 30 %"));
        assertThat(COMPACTOR.compact(List.of(), ROOM, Summarizer.NONE)).isInstanceOf(NotPossible.class);
    }

    @Test
    void anEstimateIsTakenFromWhatTheModelCounted() {
        assertThat(TokenEstimate.calibrated(30_000, 10_000).ofBytes(300)).isEqualTo(100);
        assertThat(TokenEstimate.calibrated(30_000, 100_000).bytesPerToken()).isEqualTo(2);
        assertThat(TokenEstimate.calibrated(30_000, 0)).isEqualTo(TokenEstimate.STANDARD);
        assertThat(MessageSize.bytes("é😀\ud83d")).isEqualTo(7);
    }
}
