package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** What a provider does to one turn, and how the turn has to end. Safe for many threads. */
final class FaultyTurn {
    /** So often does the engine ask for an answer before it gives up. */
    private static final int ATTEMPTS = 5;

    private static final int[] STATUSES = {408, 409, 429, 500, 502, 503, 529};
    private static final String REFUSAL = "{\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}";
    private static final String TODOS = "{\"todos\":[{\"content\":\"größer\",\"status\":\"pending\"}]}";

    private final Style style;
    private final int number;
    private final boolean hopeless;
    private final Deque<Reply> replies = new ArrayDeque<>();
    private final List<Reply> served = new ArrayList<>();
    private int faults;

    /** One turn in twenty is given up by its provider, after some faults that it lives through. */
    FaultyTurn(Style style, int number, Random random) {
        this.style = style;
        this.number = number;
        this.hopeless = random.nextInt(20) == 0;
        int inARow = 0;
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            boolean asksAgain = inARow < ATTEMPTS - 1 && random.nextInt(4) > 0;
            add(asksAgain ? failing(random) : strange(random));
            inARow = asksAgain ? inARow + 1 : 0;
        }
        if (hopeless) {
            replies.add(answer(random).in(style));
            for (int i = 0; i < ATTEMPTS; i++) {
                add(Reply.error(529, REFUSAL, "Retry-After: 0"));
            }
        }
    }

    private void add(Reply reply) {
        replies.add(reply);
        faults++;
    }

    /** With a call, so that the turn goes on after it. */
    private static Answer answer(Random random) {
        return new Answer()
                .thinking("signature", "Let me think.")
                .text("First ", "größer, ", "then more.")
                .call("call_" + random.nextInt(1 << 30), "TodoWrite", TODOS.substring(0, 9), TODOS.substring(9))
                .counts(1 + random.nextInt(1000), 1 + random.nextInt(500));
    }

    /** An attempt of which no answer comes. */
    private Reply failing(Random random) {
        Reply whole = answer(random).in(style);
        int place = random.nextInt(whole.length());
        return switch (random.nextInt(12)) {
            case 0, 1 -> Reply.error(status(random), REFUSAL);
            case 2, 3 -> Reply.error(status(random), REFUSAL, "Retry-After: 0");
            case 4 -> Reply.error(status(random), "<html>down</html>", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT");
            case 5 -> Reply.reset();
            case 6 -> whole.resetAfterHead();
            case 7 -> whole.silentAfter(place);
            case 8, 9 -> whole.unframed().cutAfter(place);
            default -> whole.cutAfter(place);
        };
    }

    private static int status(Random random) {
        return STATUSES[random.nextInt(STATUSES.length)];
    }

    /** An answer that comes whole, and in no good order. */
    private Reply strange(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> answer(random).noisy().in(style);
            case 1 -> withOneEventTwice(answer(random).in(style), random);
            default ->
                answer(random)
                        .call("broken", "Bash", "{\"command\":\"tou", "ch no")
                        .in(style);
        };
    }

    private static Reply withOneEventTwice(Reply whole, Random random) {
        List<String> events = new ArrayList<>(List.of(whole.body().split("(?<=\n\n)")));
        int twice = random.nextInt(events.size());
        events.add(twice, events.get(twice));
        return Reply.stream(String.join("", events));
    }

    Style style() {
        return style;
    }

    int faults() {
        return faults;
    }

    /** What the provider answers next; once it has done its worst, a last word. */
    synchronized Reply next() {
        Reply reply = replies.isEmpty()
                ? new Answer().text("Done ", number + ".").counts(7, 3).in(style)
                : replies.poll();
        served.add(reply);
        return reply;
    }

    void assertEndedWell(String name, List<JsonNode> lines) {
        JsonNode result = lines.getLast();
        assertThat(lines)
                .filteredOn(line -> Client.isOf(line, "result"))
                .as(name)
                .containsExactly(result);
        assertThat(result.required("status").asString())
                .as("%s: %s", name, result)
                .isEqualTo(hopeless ? "error" : "success");
        if (!hopeless) {
            assertThat(result.required("summary").asString()).as(name).isEqualTo("Done " + number + ".");
        }
        assertThat(lines.stream().filter(line -> Client.isOf(line, "tool_use")).count())
                .as("calls of %s, each with a result", name)
                .isEqualTo(lines.stream()
                        .filter(line -> Client.isOf(line, "tool_result"))
                        .count());
        ServedTokens tokens = tokens();
        JsonNode usage = result.required("usage");
        assertThat(List.of(
                        usage.required("input_tokens").asLong(),
                        usage.required("output_tokens").asLong()))
                .as("tokens of %s, to which was sent %s", name, shown())
                .isEqualTo(List.of(tokens.input(), tokens.output()));
        assertThat(result.required("cost_usd").decimalValue())
                .as("cost of %s", name)
                .isEqualByComparingTo(cost(tokens));
    }

    private synchronized ServedTokens tokens() {
        return served.stream().map(ServedTokens::of).reduce(ServedTokens.NONE, ServedTokens::plus);
    }

    private synchronized String shown() {
        return served.stream()
                .map(reply -> "%d, %d of %d bytes, %s"
                        .formatted(reply.status(), reply.bytes(), reply.length(), reply.ending()))
                .collect(Collectors.joining("; "));
    }

    /** A millionth of a dollar for a token in and four for a token out. */
    private static BigDecimal cost(ServedTokens tokens) {
        return BigDecimal.valueOf(tokens.input() + 4 * tokens.output()).movePointLeft(6);
    }

    /** The price table that says so. */
    static String prices(Collection<String> models) {
        return models.stream()
                .map(model ->
                        "\"%s\":{\"input\":1,\"output\":4,\"cache_read\":1,\"cache_creation\":1}".formatted(model))
                .collect(Collectors.joining(",", "{\"models\":{", "}}"));
    }
}
