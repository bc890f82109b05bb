package dev.belay.agent.context;

import dev.belay.agent.compaction.Compaction;
import dev.belay.agent.compaction.Counted;
import dev.belay.agent.compaction.Entry;
import dev.belay.agent.compaction.TokenEstimate;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.MessageSize;
import dev.belay.api.Scope;
import dev.belay.api.event.Event;
import dev.belay.api.event.MessageEvent;
import dev.belay.api.event.ModelEvent;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What a session's events amount to for its next call of a model: the same messages as those with which the turns worked while they ran. Fed
 * in order, then carried on by the turn; for one thread.
 */
public final class Conversation {
    private static final String UNRECORDED = "The result was not recorded; what the call did is unknown.";

    /** The {@code seq} of what a running turn has said and read itself: after all that it began with. */
    private static final long LATEST = Long.MAX_VALUE;

    private final List<Entry> entries = new ArrayList<>();
    /** The blocks of an answer that has not come to its end. */
    private final List<Block> answer = new ArrayList<>();
    /** The calls of the last answer, while some of them have no result. */
    private final Map<String, Block.ToolUse> calls = new LinkedHashMap<>();

    private final Map<String, Message.ToolResult> results = new HashMap<>();
    private final List<String> steers = new ArrayList<>();
    private int attempts;
    private String model = "";
    private Optional<SessionEvent.Instructed> instructed = Optional.empty();
    private Optional<Counted> counted = Optional.empty();
    /** Of the texts of all entries, and what their attachments count at most. */
    private long bytes;

    private long fileTokens;

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
        replace(List.of());
        counted = Optional.empty();
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
            case SessionEvent.Instructed first -> instructed = Optional.of(first);
            case MessageEvent.Prompt(String text) -> add(Entry.prompt(text, event.seq()));
            case MessageEvent.Pinned _ -> entries.addLast(entries.removeLast().pin());
            case MessageEvent.Reminder(String text) -> told(text, event.seq());
            case MessageEvent.Steer(String text) -> steers.add(text);
            case MessageEvent.Steered(int count) -> tellSteers(count, event.seq());
            case ModelEvent.Requested _ -> {
                attempts++;
                answer.clear();
            }
            case MessageEvent.Text(String text) -> answer.add(new Block.Text(text));
            case MessageEvent.Thinking(String text, String signature) ->
                answer.add(new Block.Thinking(text, signature));
            case ToolEvent.Call(String id, String tool, var input) -> answer.add(new Block.ToolUse(id, tool, input));
            case ModelEvent.Answered answered -> {
                answered(List.copyOf(answer), event.seq());
                answer.clear();
                counted = Optional.of(Counted.of(bytes, fileTokens, answered.usage()));
            }
            case ModelEvent.FellBack fell -> asks(fell.to());
            case ToolEvent.Result result -> result(result, event.seq());
            case TurnEvent.Finished _ -> {
                closeCalls(event.seq());
                tellSteers(steers.size(), event.seq());
                answer.clear();
            }
            case TurnEvent.Compacted compacted -> compacted(compacted);
            default -> {}
        }
    }

    private void tellSteers(int count, long seq) {
        List<String> told = steers.subList(0, Math.min(count, steers.size()));
        told.forEach(text -> told(text, seq));
        told.clear();
    }

    private void result(ToolEvent.Result result, long seq) {
        if (!calls.containsKey(result.id())) {
            // Of a call in an answer that did not come to its end.
            return;
        }
        results.put(
                result.id(),
                new Message.ToolResult(result.id(), result.output(), result.error(), result.attachments()));
        if (results.size() == calls.size()) {
            resulted(calls.keySet().stream().map(results::get).toList(), seq);
        }
    }

    /** A turn whose last results could not be stored has ended without them. */
    private void closeCalls(long seq) {
        if (!calls.isEmpty()) {
            resulted(
                    calls.keySet().stream()
                            .map(id -> results.getOrDefault(id, new Message.ToolResult(id, UNRECORDED, true)))
                            .toList(),
                    seq);
        }
    }

    /** The model has said this. */
    public void answered(List<Block> blocks) {
        answered(blocks, LATEST);
    }

    private void answered(List<Block> blocks, long seq) {
        add(Entry.within(new Message.Assistant(blocks), seq));
        calls.clear();
        results.clear();
        blocks.stream()
                .flatMap(block -> block instanceof Block.ToolUse use ? Stream.of(use) : Stream.empty())
                .forEach(use -> calls.put(use.id(), use));
    }

    /** What came of all calls of the last answer, in their order. */
    public void resulted(List<Message.ToolResult> all) {
        resulted(all, LATEST);
    }

    private void resulted(List<Message.ToolResult> all, long seq) {
        add(Entry.within(new Message.ToolResults(all), seq));
        calls.clear();
        results.clear();
    }

    /** The model is told this in the user's place. */
    public void told(String text) {
        told(text, LATEST);
    }

    private void told(String text, long seq) {
        add(Entry.within(new Message.User(text), seq));
    }

    /** From here on a summary stands for what that event says. */
    public void compacted(TurnEvent.Compacted event) {
        replace(Compaction.apply(entries, event));
    }

    private void replace(List<Entry> all) {
        entries.clear();
        bytes = 0;
        fileTokens = 0;
        all.forEach(this::add);
    }

    private void add(Entry entry) {
        entries.add(entry);
        bytes += MessageSize.bytes(entry.message());
        fileTokens += TokenEstimate.fileTokens(entry.message());
    }

    /** That model is asked from now on. The thoughts of another, which only that can read, are taken out. */
    public void asks(String next) {
        if (!model.isEmpty() && !model.equals(next)) {
            entries.replaceAll(
                    entry -> new Entry(entry.kind(), withoutThoughts(entry.message()), entry.seq(), entry.pinned()));
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
        return entries.stream().map(Entry::message).toList();
    }

    /** The same, with the place of each in the log. */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** What the model is told before it, if that has been decided. */
    public Optional<SessionEvent.Instructed> instructed() {
        return instructed;
    }

    /** What the model counted at its last answer. */
    public Optional<Counted> counted() {
        return counted;
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
