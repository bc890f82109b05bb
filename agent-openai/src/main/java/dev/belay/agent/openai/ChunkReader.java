package dev.belay.agent.openai;

import com.openai.core.JsonField;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionChunk.Choice;
import com.openai.models.chat.completions.ChatCompletionChunk.Choice.Delta;
import com.openai.models.completions.CompletionUsage;
import dev.belay.agent.model.wire.StreamedAnswer;
import dev.belay.api.Usage;
import java.util.List;
import java.util.Optional;

/** Reads the chunks of one answer. Compatible endpoints leave out much that the vendor sends, so that nothing is taken for granted. For one thread. */
final class ChunkReader {
    private final StreamedAnswer answer;
    private boolean refused;
    private String lastCall = "0";

    ChunkReader(StreamedAnswer answer) {
        this.answer = answer;
    }

    void read(ChatCompletionChunk chunk) {
        answer.begin();
        chunk._usage().asKnown().ifPresent(this::count);
        for (Choice choice : chunk._choices().asKnown().orElse(List.of())) {
            choice._delta().asKnown().ifPresent(this::append);
            choice._finishReason()
                    .asKnown()
                    .map(reason -> reason.asString())
                    .filter(reason -> !reason.isEmpty())
                    .ifPresent(reason -> answer.stopped(refused ? "refusal" : shared(reason)));
        }
    }

    private void append(Delta delta) {
        answer.thinking(longer(text(delta, "reasoning_content"), text(delta, "reasoning")));
        delta._content().asString().ifPresent(answer::text);
        delta._refusal().asString().filter(text -> !text.isEmpty()).ifPresent(text -> {
            refused = true;
            answer.text(text);
        });
        delta._toolCalls().asKnown().orElse(List.of()).forEach(this::append);
    }

    private static String text(Delta delta, String field) {
        JsonField<?> value = delta._allProperties().get(field);
        return value == null ? "" : value.asString().orElse("");
    }

    /** Some endpoints send the same thinking under both names. */
    private static String longer(String one, String other) {
        return other.length() > one.length() ? other : one;
    }

    /** Pieces of a call are told apart by its index, else by its id; a piece that says neither goes on with the last call. */
    private void append(Delta.ToolCall call) {
        String id = call._id().asString().orElse("");
        String key = call._index().asKnown().map(index -> Long.toString(index)).orElse(id);
        if (!key.isEmpty()) {
            lastCall = key;
        }
        Optional<Delta.ToolCall.Function> function = call._function().asKnown();
        answer.toolCall(
                lastCall,
                id,
                function.flatMap(f -> f._name().asString()).orElse(""),
                function.flatMap(f -> f._arguments().asString()).orElse(""));
    }

    /** The vendor counts cached tokens among those of the prompt. */
    private void count(CompletionUsage counted) {
        long prompt = counted._promptTokens().asKnown().orElse(0L);
        Optional<CompletionUsage.PromptTokensDetails> details =
                counted._promptTokensDetails().asKnown();
        long read = details.flatMap(d -> d._cachedTokens().asKnown()).orElse(0L);
        long written = details.flatMap(d -> d._cacheWriteTokens().asKnown()).orElse(0L);
        answer.counted(new Usage(
                Math.max(0, prompt - read - written),
                counted._completionTokens().asKnown().orElse(0L),
                read,
                written));
    }

    /** A reason to stop in the words that all wires share. */
    private static String shared(String reason) {
        return switch (reason) {
            case "stop" -> "end_turn";
            case "tool_calls", "function_call" -> "tool_use";
            case "length" -> StreamedAnswer.MAX_TOKENS;
            case "content_filter" -> "refusal";
            default -> reason;
        };
    }
}
