package dev.belay.server.mcp;

import dev.belay.agent.mcp.McpRequest;
import dev.belay.agent.session.Sessions;
import dev.belay.agent.session.request.TurnRequest;
import dev.belay.api.ConflictException;
import dev.belay.api.IdSource;
import dev.belay.api.NotFoundException;
import dev.belay.api.Permission;
import dev.belay.api.Scope;
import dev.belay.api.SessionId;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.api.event.TurnEvent;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Subscription;
import dev.belay.server.cloudagent.body.RunBody;
import dev.belay.server.cloudagent.wire.StatusView;
import dev.belay.server.cloudagent.wire.WireEvents;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Agents as tools: what they take and give is what the Cloud Agent API takes and gives. A turn that takes longer than the caller waits goes on,
 * and is asked for by the status of its session.
 */
public final class AgentTools {
    private static final String TEXT = "{\"type\": \"string\"}";
    private static final String NUMBER = "{\"type\": \"number\", \"minimum\": 0}";
    private static final String WHOLE = "{\"type\": \"integer\", \"minimum\": 0}";
    private static final String NAMES = "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}";
    private static final String OBJECT = "{\"type\": \"object\"}";
    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("model", TEXT),
            Map.entry("max_turns", WHOLE),
            Map.entry("max_budget_usd", NUMBER),
            Map.entry("timeout_s", NUMBER),
            Map.entry("allowed_tools", NAMES),
            Map.entry("disallowed_tools", NAMES),
            Map.entry("working_dir", TEXT),
            Map.entry("system_prompt", TEXT),
            Map.entry("mcp_servers", OBJECT));

    /** Below what clients wait for an answer of a tool, as far as that is known. */
    private static final int USUAL_WAIT = 50;

    private static final int LONGEST_WAIT = 3600;
    private static final int USUAL_EVENTS = 100;
    private static final int MOST_EVENTS = 500;

    private final Sessions sessions;
    private final EventLog log;
    private final WireEvents wire;

    public AgentTools(Sessions sessions, EventLog log, WireEvents wire) {
        this.sessions = sessions;
        this.log = log;
        this.wire = wire;
    }

    List<FaceTool> tools() {
        return List.of(
                new FaceTool(
                        "run_agent",
                        "Gives an agent a task in a session and a sandbox of its own, and waits up to wait_s seconds for the"
                                + " result. If it takes longer, the status is \"running\": ask session_status, or go on with"
                                + " send_message when it is idle.",
                        Permission.RUN,
                        false,
                        with(OPTIONS, "prompt", TEXT, "wait_s", WHOLE),
                        List.of("prompt"),
                        this::run),
                new FaceTool(
                        "send_message",
                        "Goes on in a session: gives its agent the next task, and waits like run_agent.",
                        Permission.RUN,
                        false,
                        Map.of("session_id", TEXT, "prompt", TEXT, "wait_s", WHOLE),
                        List.of("session_id", "prompt"),
                        this::send),
                new FaceTool(
                        "session_status",
                        "How a session stands: whether its agent works, what it cost, and what its turns said.",
                        Permission.READ,
                        true,
                        Map.of("session_id", TEXT),
                        List.of("session_id"),
                        (caller, arguments) -> StatusView.of(sessions.status(caller.scope(), id(arguments)))),
                new FaceTool(
                        "session_events",
                        "What happened in a session, in order, after the seq after_seq: texts, tool calls, results.",
                        Permission.READ,
                        true,
                        Map.of("session_id", TEXT, "after_seq", WHOLE, "limit", WHOLE),
                        List.of("session_id"),
                        this::events));
    }

    private static Map<String, String> with(Map<String, String> fields, String... more) {
        Map<String, String> all = new TreeMap<>(fields);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private JsonNode run(Caller caller, Fields arguments) throws InterruptedException, ReaderGoneException {
        requireShallow(caller);
        int wait = wait(arguments);
        SessionId session = sessions.newId();
        try (Subscription ahead = log.subscribeToNew(caller.scope(), StreamId.of(session))) {
            Sessions.Started started = sessions.start(
                    caller.scope(),
                    session,
                    RunBody.of(arguments, caller.depth()).request());
            return end(caller, started, ahead, wait);
        }
    }

    private static void requireShallow(Caller caller) {
        if (caller.depth() >= McpRequest.DEEPEST) {
            throw new ConflictException(
                    "too_deep",
                    "agents have called each other " + caller.depth() + " deep, and at most " + McpRequest.DEEPEST
                            + " are allowed; do this task without another agent");
        }
    }

    private JsonNode send(Caller caller, Fields arguments) throws InterruptedException, ReaderGoneException {
        requireShallow(caller);
        int wait = wait(arguments);
        SessionId session = id(arguments);
        StreamId stream = StreamId.of(session);
        long before = log.lastSeq(caller.scope(), stream);
        Sessions.Started started = sessions.message(
                caller.scope(), session, new TurnRequest(arguments.requiredString("prompt")), Optional.empty());
        try (Subscription subscription = log.subscribe(caller.scope(), stream, before)) {
            return end(caller, started, subscription, wait);
        }
    }

    /** The turn's result, or that it runs on. A caller that leaves stops nothing: it knows the session. */
    private JsonNode end(Caller caller, Sessions.Started started, Subscription subscription, int wait)
            throws InterruptedException, ReaderGoneException {
        long until = System.nanoTime() + Duration.ofSeconds(wait).toNanos();
        Optional<Event> end = caller.await(time -> ended(started, subscription, time, until));
        ObjectNode json = Json.object().put("session_id", started.session().value());
        if (end.isPresent()) {
            wire.of(end.get()).ifPresent(line -> json.setAll((ObjectNode) Json.read(line.json())));
        } else {
            json.put("status", "running").put("turn_id", started.turn().value());
        }
        return json;
    }

    /** Empty if neither the turn has ended nor the wait; an empty event if the wait has. */
    private static Optional<Optional<Event>> ended(
            Sessions.Started started, Subscription subscription, Duration time, long until)
            throws InterruptedException {
        long pause = System.nanoTime() + time.toNanos();
        while (true) {
            long now = System.nanoTime();
            if (until - now <= 0) {
                return Optional.of(Optional.empty());
            }
            if (pause - now <= 0) {
                return Optional.empty();
            }
            try {
                Optional<Subscription.Delivery> next =
                        subscription.next(Duration.ofNanos(Math.min(until, pause) - now));
                if (next.isPresent()
                        && next.get() instanceof Subscription.Delivery.Durable(Event event)
                        && event.body() instanceof TurnEvent.Finished
                        && event.turn().filter(started.turn()::equals).isPresent()) {
                    return Optional.of(Optional.of(event));
                }
            } catch (Subscription.ReaderTooSlowException e) {
                // Deltas were lost, which nobody here wants; events are not.
                return Optional.of(Optional.empty());
            }
        }
    }

    private JsonNode events(Caller caller, Fields arguments) throws InterruptedException {
        SessionId session = id(arguments);
        Scope scope = caller.scope();
        long last = sessions.standing(scope, session).lastSeq();
        int limit = Math.clamp(arguments.integer("limit").orElse(USUAL_EVENTS), 1, MOST_EVENTS);
        long seq = Math.max(0, arguments.integer("after_seq").orElse(0));
        ObjectNode json = Json.object();
        ArrayNode events = json.putArray("events");
        try (Subscription subscription = log.subscribe(scope, StreamId.of(session), Math.min(seq, last))) {
            while (subscription.cursor() < last && events.size() < limit) {
                Optional<Subscription.Delivery> next = subscription.next(Duration.ofSeconds(10));
                if (next.isEmpty()) {
                    break;
                }
                if (next.get() instanceof Subscription.Delivery.Durable(Event event)) {
                    wire.of(event).ifPresent(line -> events.add(Json.read(line.json())));
                }
            }
            return json.put("next_after_seq", subscription.cursor()).put("last_seq", last);
        } catch (Subscription.ReaderTooSlowException e) {
            return json.put("next_after_seq", e.resumeAfter()).put("last_seq", last);
        }
    }

    private static int wait(Fields arguments) {
        return Math.clamp(arguments.integer("wait_s").orElse(USUAL_WAIT), 0, LONGEST_WAIT);
    }

    private static SessionId id(Fields arguments) {
        String id = arguments.requiredString("session_id");
        if (!IdSource.isId(id)) {
            throw new NotFoundException("there is no session " + id);
        }
        return new SessionId(id);
    }
}
