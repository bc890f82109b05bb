package dev.belay.agent.model.scripted;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelRequest;
import java.util.stream.Collectors;

/** The last message of a request as plain text: what the user said, or what the tools returned. */
final class LastMessage {
    private LastMessage() {}

    static String text(ModelRequest request) {
        return switch (request.messages().getLast()) {
            case Message.User(String text) -> text;
            case Message.ToolResults results ->
                results.results().stream().map(Message.ToolResult::output).collect(Collectors.joining("\n"));
            case Message.Assistant _ -> "";
        };
    }
}
