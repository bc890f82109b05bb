package dev.belay.agent.anthropic;

import com.anthropic.models.messages.MessageDeltaUsage;
import com.anthropic.models.messages.RawContentBlockDelta;
import com.anthropic.models.messages.RawContentBlockStartEvent;
import com.anthropic.models.messages.RawMessageStreamEvent;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.wire.StreamedAnswer;
import dev.belay.api.Usage;

/** Reads the events of one answer. An event of a kind that it does not know is passed over. For one thread. */
final class MessageReader {
    private final StreamedAnswer answer;
    private Usage usage = Usage.NONE;
    private boolean complete;
    private String stopReason = "unknown";

    MessageReader(StreamedAnswer answer) {
        this.answer = answer;
    }

    void read(RawMessageStreamEvent event) {
        answer.begin();
        event.messageStart().ifPresent(start -> begin(start.message().usage()));
        event.contentBlockStart().ifPresent(start -> begin(start.index(), start.contentBlock()));
        event.contentBlockDelta().ifPresent(delta -> append(delta.index(), delta.delta()));
        event.contentBlockStop().ifPresent(stop -> answer.endBlock());
        event.messageDelta().ifPresent(delta -> {
            delta.delta().stopReason().ifPresent(reason -> stopReason = reason.asString());
            count(delta.usage());
        });
        event.messageStop().ifPresent(stop -> {
            complete = true;
            answer.stopped(stopReason);
        });
    }

    private void begin(com.anthropic.models.messages.Usage first) {
        usage = new Usage(
                first.inputTokens(),
                first.outputTokens(),
                first.cacheReadInputTokens().orElse(0L),
                first.cacheCreationInputTokens().orElse(0L));
        answer.begun(usage);
    }

    /** The counts at the end are of the whole answer; what they leave out stays as it was at the beginning. */
    private void count(MessageDeltaUsage last) {
        usage = new Usage(
                last.inputTokens().orElse(usage.inputTokens()),
                last.outputTokens(),
                last.cacheReadInputTokens().orElse(usage.cacheReadTokens()),
                last.cacheCreationInputTokens().orElse(usage.cacheCreationTokens()));
        answer.counted(usage);
    }

    private void begin(long index, RawContentBlockStartEvent.ContentBlock block) {
        answer.endBlock();
        block.text().ifPresent(text -> answer.text(text.text()));
        block.thinking().ifPresent(thinking -> {
            answer.thinking(thinking.thinking());
            answer.signature(thinking.signature());
        });
        block.redactedThinking().ifPresent(redacted -> answer.signature(Block.Thinking.REDACTED + redacted.data()));
        block.toolUse().ifPresent(use -> answer.toolCall(Long.toString(index), use.id(), use.name(), ""));
    }

    private void append(long index, RawContentBlockDelta delta) {
        delta.text().ifPresent(text -> answer.text(text.text()));
        delta.thinking().ifPresent(thinking -> answer.thinking(thinking.thinking()));
        delta.signature().ifPresent(signature -> answer.signature(signature.signature()));
        delta.inputJson().ifPresent(json -> answer.toolCall(Long.toString(index), "", "", json.partialJson()));
    }

    /** Whether the event came that ends an answer. */
    boolean complete() {
        return complete;
    }
}
