package dev.belay.agent.openai;

import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseError;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseOutputMessage;
import com.openai.models.responses.ResponseReasoningItem;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ResponseUsage;
import dev.belay.agent.model.wire.StreamedAnswer;
import dev.belay.agent.model.wire.Wire.Failed;
import dev.belay.agent.model.wire.Wire.Refusal;
import dev.belay.api.Usage;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the events of one response. Text and reasoning come piece by piece; a call counts as it stands in its finished item. An event of a
 * kind that it does not know is passed over. For one thread.
 */
final class ResponseReader {
    private static final String PARAGRAPH = "\n\n";

    private final StreamedAnswer answer;
    private final Set<String> calls = new HashSet<>();
    private boolean complete;
    private boolean refused;
    /** Whether text, or reasoning, of the item at hand has come in pieces. */
    private boolean pieces;

    ResponseReader(StreamedAnswer answer) {
        this.answer = answer;
    }

    void read(ResponseStreamEvent event) throws Failed {
        answer.begin();
        event.outputTextDelta().ifPresent(delta -> text(delta.delta()));
        event.reasoningSummaryTextDelta().ifPresent(delta -> thinking(delta.delta()));
        event.reasoningTextDelta().ifPresent(delta -> thinking(delta.delta()));
        event.reasoningSummaryPartAdded().filter(part -> pieces).ifPresent(part -> thinking(PARAGRAPH));
        event.refusalDelta().ifPresent(delta -> {
            refused = true;
            text(delta.delta());
        });
        event.outputItemDone().flatMap(done -> done._item().asKnown()).ifPresent(this::end);
        event.completed().flatMap(end -> end._response().asKnown()).ifPresent(response -> end(response, endReason()));
        event.incomplete()
                .flatMap(end -> end._response().asKnown())
                .ifPresent(response -> end(response, cutReason(response)));
        if (event.failed().isPresent()) {
            Optional<ResponseError> error = event.failed()
                    .flatMap(end -> end._response().asKnown())
                    .flatMap(response -> response._error().asKnown());
            throw failed(
                    error.flatMap(e -> e._code().asKnown())
                            .map(ResponseError.Code::asString)
                            .orElse(""),
                    error.flatMap(e -> e._message().asString()).orElse(""));
        }
        if (event.error().isPresent()) {
            throw failed(
                    event.error().flatMap(e -> e._code().asString()).orElse(""),
                    event.error().flatMap(e -> e._message().asString()).orElse(""));
        }
    }

    private static Failed failed(String code, String message) {
        return Failed.refused(
                new Refusal(ErrorCodec.status(code), message.isEmpty() ? code : message, Optional.empty()),
                new IllegalStateException("the response failed"));
    }

    private void text(String piece) {
        pieces = true;
        answer.text(piece);
    }

    private void thinking(String piece) {
        pieces = true;
        answer.thinking(piece);
    }

    /** An item is whole; what of it did not come in pieces comes now. */
    private void end(ResponseOutputItem item) {
        item.message().filter(_ -> !pieces).ifPresent(this::whole);
        item.reasoning().ifPresent(this::end);
        item.functionCall().ifPresent(this::call);
        answer.endBlock();
        pieces = false;
    }

    private void whole(ResponseOutputMessage message) {
        for (ResponseOutputMessage.Content content :
                message._content().asKnown().orElse(List.of())) {
            content.outputText().flatMap(text -> text._text().asString()).ifPresent(answer::text);
            content.refusal().flatMap(refusal -> refusal._refusal().asString()).ifPresent(text -> {
                refused = true;
                answer.text(text);
            });
        }
    }

    private void end(ResponseReasoningItem item) {
        if (!pieces) {
            answer.thinking(String.join(
                    PARAGRAPH,
                    item._summary().asKnown().orElse(List.of()).stream()
                            .flatMap(part -> part._text().asString().stream())
                            .toList()));
        }
        answer.signature(ResponsesCodec.signature(item));
    }

    private void call(ResponseFunctionToolCall call) {
        String id = call._callId().asString().orElse("");
        String key = id.isEmpty() ? Integer.toString(calls.size()) : id;
        if (!calls.add(key)) {
            return; // an item that came twice
        }
        answer.toolCall(
                key,
                id,
                call._name().asString().orElse(""),
                call._arguments().asString().orElse(""));
    }

    private void end(Response response, String reason) {
        response._usage().asKnown().ifPresent(this::count);
        complete = true;
        answer.stopped(reason);
    }

    private String endReason() {
        return refused ? "refusal" : calls.isEmpty() ? "end_turn" : "tool_use";
    }

    private static String cutReason(Response response) {
        String reason = response._incompleteDetails()
                .asKnown()
                .flatMap(details -> details._reason().asKnown())
                .map(Response.IncompleteDetails.Reason::asString)
                .orElse("incomplete");
        return switch (reason) {
            case "max_output_tokens" -> StreamedAnswer.MAX_TOKENS;
            case "content_filter" -> "refusal";
            case String other -> other;
        };
    }

    /** The vendor counts cached tokens among those of the input. */
    private void count(ResponseUsage counted) {
        long input = counted._inputTokens().asKnown().orElse(0L);
        Optional<ResponseUsage.InputTokensDetails> details =
                counted._inputTokensDetails().asKnown();
        long read = details.flatMap(d -> d._cachedTokens().asKnown()).orElse(0L);
        long written = details.flatMap(d -> d._cacheWriteTokens().asKnown()).orElse(0L);
        answer.counted(new Usage(
                Math.max(0, input - read - written),
                counted._outputTokens().asKnown().orElse(0L),
                read,
                written));
    }

    /** Whether the event came that ends a response. */
    boolean complete() {
        return complete;
    }
}
