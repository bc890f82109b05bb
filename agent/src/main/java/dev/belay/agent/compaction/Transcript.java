package dev.belay.agent.compaction;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.tool.text.CleanText;
import java.util.List;
import java.util.Optional;

/** A conversation as text, all that was said in it, with what tools got and returned shortened. */
final class Transcript {
    private static final int SHOWN_OF_INPUT = 300;

    private Transcript() {}

    /**
     * Writes it.
     *
     * @param shownOfOutput how many characters of each output
     * @return empty if it is longer than {@code mostBytes}
     */
    static Optional<String> of(List<Entry> entries, int shownOfOutput, long mostBytes) {
        SummaryText text = new SummaryText(mostBytes);
        for (String line : Digest.preamble(entries.size())) {
            if (!text.line(line)) {
                return Optional.empty();
            }
        }
        for (Entry entry : entries) {
            if (!add(text, entry, shownOfOutput)) {
                return Optional.empty();
            }
        }
        return Optional.of(text.toString());
    }

    private static boolean add(SummaryText text, Entry entry, int shownOfOutput) {
        return switch (entry.message()) {
            case Message.User(String said) ->
                switch (entry.kind()) {
                    case SUMMARY -> text.line("## Before that") && text.lines(Digest.body(said));
                    case PROMPT -> text.line("## The user") && text.quote(said);
                    case WITHIN -> text.line("## A note to the assistant") && text.quote(said);
                };
            case Message.Assistant(var blocks) ->
                text.line("## The assistant") && blocks.stream().allMatch(block -> add(text, block));
            case Message.ToolResults(var results) ->
                results.stream()
                        .allMatch(result -> text.line(result.error() ? "It failed:" : "It returned:")
                                && text.quote(SummaryText.middleCut(result.output(), shownOfOutput)));
        };
    }

    private static boolean add(SummaryText text, Block block) {
        return switch (block) {
            case Block.Text(String said) -> text.quote(said);
            case Block.Thinking _ -> true;
            case Block.ToolUse(String id, String tool, var input) ->
                text.line("It called:")
                        && text.quote(
                                CleanText.oneLine(tool, 100) + " " + CleanText.oneLine(input.text(), SHOWN_OF_INPUT));
        };
    }
}
