package dev.belay.agent.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.agent.compaction.CompactionPolicy.Strategy;
import dev.belay.agent.compaction.Compactor.Outcome.NotPossible;
import dev.belay.agent.compaction.Compactor.Outcome.Smaller;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.api.event.TurnEvent;
import dev.belay.store.StoredJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever a conversation looks like, compaction comes to an end, and what it must keep is kept. {@code BELAY_SEED} repeats a run. */
@Tag("compaction")
class HostileTranscriptsTest {
    private static final int TRANSCRIPTS = "full".equals(System.getProperty("belay.suite")) ? 10_000 : 500;

    @Test
    void compactionEndsAndKeepsPairsAndPinnedText() throws Exception {
        int first = Optional.ofNullable(System.getenv("BELAY_SEED"))
                .map(Integer::parseInt)
                .orElseGet(() -> new Random().nextInt(1 << 30));
        int smaller = 0;
        int second = 0;
        int again = 0;
        for (int seed = first; seed < first + TRANSCRIPTS; seed++) {
            Random random = new Random(seed);
            CompactionPolicy policy = new CompactionPolicy(
                    0.3 + random.nextDouble() * 0.6,
                    0.1 + random.nextDouble() * 0.5,
                    random.nextInt(4),
                    random.nextBoolean() ? Strategy.MODEL : Strategy.DETERMINISTIC);
            Room room = new Room(
                    List.of(500L, 4_000L, 32_000L, 200_000L).get(random.nextInt(4)),
                    random.nextInt(3000),
                    new TokenEstimate(2 + random.nextDouble() * 3));
            List<Entry> entries = HostileTranscripts.of(seed);
            int asked = 0;
            for (Step step = new Step(entries, true); step.goesOn(); asked++) {
                step = compactOnce(step.entries(), room, policy, seed);
                smaller += step.goesOn() ? 1 : 0;
                second += step.second() ? 1 : 0;
                again += step.goesOn() && asked > 0 ? 1 : 0;
                assertThat(asked)
                        .as("seed %s: it gets smaller and smaller without an end", seed)
                        .isLessThan(60);
            }
        }
        System.out.println(
                "result: `compaction`, seed " + first + ": " + TRANSCRIPTS + " hostile transcripts, " + smaller
                        + " compactions (" + second + " at the second attempt, " + again
                        + " of what was compacted before), each in at most 2 attempts; every pair whole, every pinned"
                        + " text identical");
        assertThat(smaller).isGreaterThan(TRANSCRIPTS / 4);
        assertThat(second).isPositive();
        assertThat(again).isPositive();
    }

    private record Step(List<Entry> entries, boolean goesOn, boolean second) {
        Step(List<Entry> entries, boolean goesOn) {
            this(entries, goesOn, false);
        }
    }

    private static Step compactOnce(List<Entry> before, Room room, CompactionPolicy policy, int seed) throws Exception {
        List<Integer> asked = new ArrayList<>();
        Summarizer hostile = HostileTranscripts.summarizer(seed);
        Compactor.Outcome outcome = new Compactor(policy).compact(before, room, task -> {
            asked.add(task.transcript().length());
            return hostile.summarize(task);
        });
        String seeded = "seed " + seed;
        assertThat(asked).as(seeded).hasSizeLessThanOrEqualTo(policy.strategy() == Strategy.MODEL ? 1 : 0);
        switch (outcome) {
            case NotPossible(String reason) -> {
                assertThat(reason).as(seeded).contains("tokens").hasSizeLessThan(400);
                return new Step(before, false);
            }
            case Smaller(TurnEvent.Compacted event, List<Entry> after) -> {
                long wasTokens = room.estimate().of(before);
                assertThat(event.attempt()).as(seeded).isBetween(1, 2);
                assertThat(event.before().tokens()).as(seeded).isEqualTo(room.fixedTokens() + wasTokens);
                assertThat(event.after().tokens())
                        .as(seeded)
                        .isEqualTo(room.tokens(after))
                        .isLessThanOrEqualTo(room.fixedTokens() + (long) (wasTokens * (1 - policy.shrink())))
                        .isLessThanOrEqualTo((long) (room.contextTokens() * policy.threshold()));
                assertThat(after.getFirst().kind()).as(seeded).isEqualTo(Entry.Kind.SUMMARY);
                assertThat(pairs(after)).as(seeded).isEqualTo(pairsAmong(before, after));
                assertThat(new HashSet<>(after)
                                .containsAll(
                                        before.stream().filter(Entry::pinned).toList()))
                        .as(seeded)
                        .isTrue();
                assertQuotesCannotPass(event.summary(), seeded);
                TurnEvent.Compacted stored = StoredJson.decode(
                        new String(StoredJson.encode(event).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8),
                        TurnEvent.Compacted.class);
                assertThat(Compaction.apply(before, stored).equals(after))
                        .as(seeded)
                        .isTrue();
                return new Step(after, true, event.attempt() == 2);
            }
        }
    }

    /** Every result with the place of its call, for what has both. */
    private static List<String> pairs(List<Entry> entries) {
        Map<String, Long> open = new HashMap<>();
        List<String> pairs = new ArrayList<>();
        for (Entry entry : entries) {
            switch (entry.message()) {
                case Message.Assistant(var blocks) ->
                    blocks.stream()
                            .filter(Block.ToolUse.class::isInstance)
                            .forEach(use -> open.put(((Block.ToolUse) use).id(), entry.seq()));
                case Message.ToolResults(var results) ->
                    results.forEach(result -> {
                        Long call = open.remove(result.id());
                        if (call != null) {
                            pairs.add(call + " " + entry.seq() + " " + result.id());
                        }
                    });
                case Message.User _ -> {}
            }
        }
        return pairs;
    }

    /** The pairs of before of which either half is still there. */
    private static List<String> pairsAmong(List<Entry> before, List<Entry> after) {
        List<Long> left = after.stream()
                .filter(entry -> entry.kind() == Entry.Kind.WITHIN)
                .map(Entry::seq)
                .toList();
        long first = left.isEmpty() ? Long.MAX_VALUE : left.getFirst();
        return pairs(before).stream()
                .filter(pair -> {
                    String[] parts = pair.split(" ", 3);
                    return Long.parseLong(parts[0]) >= first || Long.parseLong(parts[1]) >= first;
                })
                .toList();
    }

    /** No heading comes from the conversation: Belay's own begin with words that it knows. */
    private static void assertQuotesCannotPass(String summary, String seeded) {
        assertThat(summary.split("\\R", -1))
                .as(seeded)
                .filteredOn(line -> line.startsWith("#"))
                .allMatch(
                        line -> line.matches("# Summary of this conversation so far|## (Before that|The user|A note to"
                                + " the assistant|The assistant|What the user asked|Files that were (changed|read)|The"
                                + " list of what is to do|The last (commands|answers of the assistant))"));
    }
}
