package dev.belay.agent.context;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.api.Scope;
import dev.belay.api.event.Event;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What a session's events amount to for its next call of a model: the same messages as those with which the turns worked while they ran. Fed
 * in order, then carried on by the turn; for one thread.
 */
public final class Conversation {
    private static final String UNRECORDED = "The result was not recorded; what the call did is unknown.";

    private final List<Message> messages = new ArrayList<>();
    /** The blocks of an answer that has not come to its end. */
    private final List<Block> answer = new ArrayList<>();
    /** The calls of the last answer, while some of them have no result. */
    private final Map<String, Block.ToolUse> calls = new LinkedHashMap<>();

    private final Map<String, Message.ToolResult> results = new HashMap<>();
    private final List<String> steers = new ArrayList<>();
    private int attempts;
    private String model = "";

    /** One that has not begun. */
    public Conversation() {}

    /** A session's, as its log holds it. */
    public static Conversation read(EventLog log, Scope scope, StreamId stream) {
        Conversation conversation = new Conversation();
        read(log, scope, stream, conversation, _ -> {});
        return conversation;
    }

    /** As above into a new one; every event is handed on. */
    public static void read(EventLog log, Scope scope, StreamId stream, Conversation into, Consumer<Event> also) {
        into.read(log, scope, stream, Long.MAX_VALUE, also);
    }

    private void read(EventLog log, Scope scope, StreamId stream, long toSeq, Consumer<Event> also) {
        log.forEach(scope, stream, 0, toSeq, event -> {
            if (event.body() instanceof TurnEvent.Rewound(long kept)) {
                rewind(log, scope, stream, kept);
            } else {
                add(event);
            }
            also.accept(event);
        });
    }

    /** What came before a rewind may have been compacted since, so it is read again; attempts are counted on, since they were made. */
    private void rewind(EventLog log, Scope scope, StreamId stream, long toSeq) {
        int made = attempts;
        messages.clear();
        answer.clear();
        calls.clear();
        results.clear();
        steers.clear();
        attempts = 0;
        model = "";
        read(log, scope, stream, toSeq, _ -> {});
        attempts = made;
    }

    /** Carries it on by one event. A {@link TurnEvent.Rewound} needs the log, and is only understood by {@link #read}. */
    public void add(Event event) {
        switch (event.body()) {
            case TurnEvent.Started(String asked) -> asks(asked);
            case MessageEvent.Prompt(String text) -> messages.add(new Message.User(text));
            case MessageEvent.Reminder(String text) -> messages.add(new Message.User(text));
            case MessageEvent.Steer(String text) -> steers.add(text);
            case MessageEvent.Steered(int count) -> tellSteers(count);
            case ModelEvent.Requested _ -> {
                attempts++;
                answer.clear();
            }
            case MessageEvent.Text(String text) -> answer.add(new Block.Text(text));
            case MessageEvent.Thinking(String text, String signature) ->
                answer.add(new Block.Thinking(text, signature));
            case ToolEvent.Call(String id, String tool, var input) -> answer.add(new Block.ToolUse(id, tool, input));
            case ModelEvent.Answered _ -> {
                answered(List.copyOf(answer));
                answer.clear();
            }
            case ModelEvent.FellBack fell -> asks(fell.to());
            case ToolEvent.Result result -> result(result);
            case TurnEvent.Finished _ -> {
                closeCalls();
                tellSteers(steers.size());
                answer.clear();
            }
            default -> {}
        }
    }

    private void tellSteers(int count) {
        List<String> told = steers.subList(0, Math.min(count, steers.size()));
        told.forEach(text -> messages.add(new Message.User(text)));
        told.clear();
    }

    private void result(ToolEvent.Result result) {
        if (!calls.containsKey(result.id())) {
            // Of a call in an answer that did not come to its end.
            return;
        }
        results.put(
                result.id(),
                new Message.ToolResult(result.id(), result.output(), result.error(), result.attachments()));
        if (results.size() == calls.size()) {
            messages.add(new Message.ToolResults(
                    calls.keySet().stream().map(results::get).toList()));
            calls.clear();
            results.clear();
        }
    }

    /** A turn whose last results could not be stored has ended without them. */
    private void closeCalls() {
        if (!calls.isEmpty()) {
            resulted(calls.keySet().stream()
                    .map(id -> results.getOrDefault(id, new Message.ToolResult(id, UNRECORDED, true)))
                    .toList());
        }
    }

    /** The model has said this. */
    public void answered(List<Block> blocks) {
        messages.add(new Message.Assistant(blocks));
        calls.clear();
        results.clear();
        blocks.stream()
                .flatMap(block -> block instanceof Block.ToolUse use ? Stream.of(use) : Stream.empty())
                .forEach(use -> calls.put(use.id(), use));
    }

    /** What came of all calls of the last answer, in their order. */
    public void resulted(List<Message.ToolResult> all) {
        messages.add(new Message.ToolResults(all));
        calls.clear();
        results.clear();
    }

    /** The model is told this in the user's place. */
    public void told(String text) {
        messages.add(new Message.User(text));
    }

    /** That model is asked from now on. The thoughts of another, which only that can read, are taken out. */
    public void asks(String next) {
        if (!model.isEmpty() && !model.equals(next)) {
            messages.replaceAll(Conversation::withoutThoughts);
        }
        model = next;
    }

    private static Message withoutThoughts(Message message) {
        return message instanceof Message.Assistant(var blocks)
                ? new Message.Assistant(blocks.stream()
                        .filter(block -> !(block instanceof Block.Thinking))
                        .toList())
                : message;
    }

    /** What the model is told with the next call. */
    public List<Message> messages() {
        return List.copyOf(messages);
    }

    /** The calls of the last answer, all of them, while one has no result; in order. */
    public List<Block.ToolUse> openCalls() {
        return List.copyOf(calls.values());
    }

    /** The results of open calls that are known, by the call's id. */
    public Map<String, Message.ToolResult> knownResults() {
        return Map.copyOf(results);
    }

    /** What the user said to a running turn and the model was not told yet; from now on it is its taker who tells it. */
    public List<String> takeSteers() {
        List<String> taken = List.copyOf(steers);
        steers.clear();
        return taken;
    }

    /** How often a model was asked. */
    public int attempts() {
        return attempts;
    }
}
