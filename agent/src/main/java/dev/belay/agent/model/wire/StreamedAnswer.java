package dev.belay.agent.model.wire;

import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelListener;
import dev.belay.api.JsonText;
import dev.belay.api.Usage;
import dev.belay.api.event.Delta;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts the blocks of an answer together from the pieces of a stream. A tool call, and all that follows it, is handed on only when the answer
 * has come to its end: of an answer that was cut its text is kept, and no call is made of it. For one thread.
 *
 * <p>Its methods up to {@link #stopped} are for the wires, which say what comes; the others are for who called.
 */
public final class StreamedAnswer {
    /** The reason to stop of an answer that is as long as it may be. */
    public static final String MAX_TOKENS = "max_tokens";

    private final ModelListener listener;
    private final List<Part> held = new ArrayList<>();
    private @Nullable Part open;
    private boolean begun;
    private Optional<String> stopReason = Optional.empty();
    private Usage countedAtFirst = Usage.NONE;
    private Optional<Usage> usage = Optional.empty();

    public StreamedAnswer(ModelListener listener) {
        this.listener = listener;
    }

    /** A block that is being written. */
    private sealed interface Part {
        record Text(StringBuilder text) implements Part {}

        record Thinking(StringBuilder text, StringBuilder signature) implements Part {}

        record Tool(String key, ToolNames names, StringBuilder arguments) implements Part {}
    }

    /** What a call is known by; some endpoints send it late, others again and again. */
    private static final class ToolNames {
        private String id = "";
        private String tool = "";
    }

    /** Something came of the answer, whatever it is. */
    public void begin() {
        begun = true;
    }

    public void text(String piece) {
        if (piece.isEmpty()) {
            return;
        }
        if (!(open instanceof Part.Text)) {
            begin(new Part.Text(new StringBuilder()));
        }
        ((Part.Text) openPart()).text().append(piece);
        listener.delta(Delta.Kind.TEXT, piece);
    }

    public void thinking(String piece) {
        if (piece.isEmpty()) {
            return;
        }
        thinkingPart().text().append(piece);
        listener.delta(Delta.Kind.THINKING, piece);
    }

    /** A piece of the signature of the thinking that is being written; without thinking, of one that shows none. */
    public void signature(String piece) {
        if (!piece.isEmpty()) {
            thinkingPart().signature().append(piece);
        }
    }

    private Part.Thinking thinkingPart() {
        if (!(open instanceof Part.Thinking)) {
            begin(new Part.Thinking(new StringBuilder(), new StringBuilder()));
        }
        return (Part.Thinking) openPart();
    }

    /**
     * A piece of a tool call.
     *
     * @param key tells the calls of this answer apart
     * @param id empty in pieces that do not say it
     * @param tool empty in pieces that do not say it
     */
    public void toolCall(String key, String id, String tool, String arguments) {
        Part.Tool call = call(key).orElseGet(() -> {
            Part.Tool begun = new Part.Tool(key, new ToolNames(), new StringBuilder());
            begin(begun);
            return begun;
        });
        if (!id.isEmpty()) {
            call.names().id = id;
        }
        if (!tool.isEmpty()) {
            call.names().tool = tool;
        }
        call.arguments().append(arguments);
    }

    private Optional<Part.Tool> call(String key) {
        List<Part> all = new ArrayList<>(held);
        if (open != null) {
            all.add(open);
        }
        for (Part part : all) {
            if (part instanceof Part.Tool tool && tool.key().equals(key)) {
                return Optional.of(tool);
            }
        }
        return Optional.empty();
    }

    private Part openPart() {
        if (open == null) {
            throw new IllegalStateException("no block is open");
        }
        return open;
    }

    private void begin(Part part) {
        endBlock();
        open = part;
    }

    /** The block that is being written is complete. */
    public void endBlock() {
        if (open == null) {
            return;
        }
        if (open instanceof Part.Tool || !held.isEmpty()) {
            held.add(open);
        } else {
            listener.block(block(open));
        }
        open = null;
    }

    /** What the provider counted before it answered; more is to come. */
    public void begun(Usage counts) {
        countedAtFirst = counts;
    }

    /** What the provider counted so far, of the whole answer. */
    public void counted(Usage counts) {
        usage = Optional.of(counts);
    }

    /**
     * The provider said that its answer is complete.
     *
     * @param reason in the words that all wires share: {@code end_turn}, {@code tool_use}, {@code max_tokens}, {@code refusal}; any other as
     *     the provider says it
     */
    public void stopped(String reason) {
        stopReason = Optional.of(reason);
    }

    boolean begun() {
        return begun;
    }

    /** Why the model stopped; empty if the provider never said that its answer is complete. */
    Optional<String> stopReason() {
        return stopReason;
    }

    /** What it counted before it answered. */
    Usage countedAtFirst() {
        return countedAtFirst;
    }

    /** What the provider counted; empty if it did not say. */
    Optional<Usage> usage() {
        return usage;
    }

    /** The answer is complete. A call that the limit of its length cut before it said anything was not asked for. */
    void complete() {
        endBlock();
        if (stopReason.equals(Optional.of(MAX_TOKENS))
                && !held.isEmpty()
                && held.getLast() instanceof Part.Tool tool
                && tool.arguments().isEmpty()) {
            held.removeLast();
        }
        held.forEach(part -> listener.block(block(part)));
        held.clear();
    }

    /** The answer did not come to its end: what the model said is kept, the calls are not. */
    void abandon() {
        endBlock();
        held.stream().filter(part -> !(part instanceof Part.Tool)).forEach(part -> listener.block(block(part)));
        held.clear();
    }

    private static Block block(Part part) {
        return switch (part) {
            case Part.Text(StringBuilder text) -> new Block.Text(text.toString());
            case Part.Thinking(StringBuilder text, StringBuilder signature) ->
                new Block.Thinking(text.toString(), signature.toString());
            case Part.Tool(String key, ToolNames names, StringBuilder arguments) ->
                new Block.ToolUse(
                        names.id.isEmpty() ? "call_" + key : names.id,
                        names.tool,
                        arguments.isEmpty() ? JsonText.EMPTY_OBJECT : new JsonText(arguments.toString()));
        };
    }
}
