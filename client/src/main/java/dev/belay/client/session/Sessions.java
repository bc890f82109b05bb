package dev.belay.client.session;

import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.http.Wire;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The sessions of a workspace. They are known by their ids, which {@link #named} finds for a name; an id that is unknown is a {@link
 * ServerRefusedException} with status 404.
 */
public final class Sessions {
    /** How long a server that does not answer is asked again for the rest of a session's events. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String SESSION = "/agent/session";
    private static final String ALL = "/agent/sessions";
    private static final int LONGEST_PAGE = 200;
    private static final Duration LONGEST_DIFF = Duration.ofMinutes(5);

    private final Wire wire;
    private final Duration patience;

    /** @param wire of {@link dev.belay.client.BelayClient}, which makes these */
    public Sessions(Wire wire, Duration patience) {
        this.wire = wire;
        this.patience = patience;
    }

    /** The same, which ask an unreachable server again for so long where events are read. */
    public Sessions withPatience(Duration newPatience) {
        return new Sessions(wire, newPatience);
    }

    private static String path(String id, String rest) {
        return SESSION + "/" + Wire.escaped(id) + rest;
    }

    /** Makes a session, in which nothing runs yet, and returns its id. */
    public String create(SessionRequest request) {
        return SessionCodec.text(wire.call("POST", SESSION, SessionCodec.body(request), Wire.PATIENCE), "session_id");
    }

    /** How a session stands, with its turns. */
    public SessionStatus status(String id) {
        return SessionCodec.status(wire.call("GET", path(id, "/status")));
    }

    /** The session that has this name. */
    public Optional<Session> named(String name) {
        return page(new LinkedHashMap<>(Map.of("name", name, "limit", "1"))).sessions.stream()
                .findFirst();
    }

    /**
     * The workspace's sessions, the one that was used last first.
     *
     * @param runs whether those of {@code POST /agent/run} are among them
     * @param limit how many at most
     */
    public List<Session> list(boolean runs, int limit) {
        List<Session> all = new ArrayList<>();
        Map<String, String> query = new LinkedHashMap<>(Map.of("runs", Boolean.toString(runs)));
        Optional<String> next = Optional.of("");
        while (next.isPresent() && all.size() < limit) {
            query.put("limit", Integer.toString(Math.min(LONGEST_PAGE, limit - all.size())));
            Page page = page(query);
            all.addAll(page.sessions);
            next = page.next;
            next.ifPresent(cursor -> query.put("cursor", cursor));
        }
        return all;
    }

    private record Page(List<Session> sessions, Optional<String> next) {}

    private Page page(Map<String, String> query) {
        JsonNode json = wire.call("GET", Wire.path(ALL, query));
        return new Page(
                json.path("sessions").valueStream().map(SessionCodec::session).toList(),
                SessionCodec.optional(json, "next_cursor"));
    }

    /**
     * Sends a message, and returns what comes of it until its turn ends; the caller closes it, which stops nothing. The turn that is told of
     * is the one that answers: its own, or, of a message that steers, the one that runs.
     */
    public SessionEvents send(String id, Message message) {
        AtomicReference<Optional<String>> turn = new AtomicReference<>(Optional.empty());
        ObjectNode body = SessionCodec.body(message);
        return new SessionEvents(
                after -> turn.get().isPresent()
                        ? events(id, after)
                        : wire.stream(
                                "POST",
                                path(id, "/message"),
                                Wire.bytes(body),
                                Map.of("Accept", Wire.NDJSON, "Idempotency-Key", message.key())),
                0,
                event -> {
                    if (turn.get().isEmpty()) {
                        turn.set(event.turn());
                    }
                    return isOf(turn.get(), event);
                },
                event -> ends(turn.get(), event),
                patience);
    }

    /** What comes of a turn after the event {@code after}, until it ends. */
    public SessionEvents turn(String id, String turn, long after) {
        Optional<String> only = Optional.of(turn);
        return new SessionEvents(
                cursor -> events(id, cursor), after, event -> isOf(only, event), event -> ends(only, event), patience);
    }

    private static boolean isOf(Optional<String> turn, SessionEvent event) {
        return event.turn().isEmpty() || event.turn().equals(turn);
    }

    private static boolean ends(Optional<String> turn, SessionEvent event) {
        return event.result().isPresent() && (turn.isEmpty() || event.turn().equals(turn));
    }

    /** All that happens after the event {@code after}, for as long as the session is there. */
    public SessionEvents follow(String id, long after) {
        return new SessionEvents(cursor -> events(id, cursor, "true"), after, _ -> true, _ -> false, patience);
    }

    /** What has happened after the event {@code after} until now. */
    public SessionEvents history(String id, long after) {
        return new SessionEvents(cursor -> events(id, cursor, "false"), after, _ -> true, _ -> false, patience);
    }

    private InputStream events(String id, long after) {
        return get(Wire.path(path(id, "/events"), Map.of("after_seq", Long.toString(after))));
    }

    private InputStream events(String id, long after, String follow) {
        return get(Wire.path(path(id, "/events"), Map.of("after_seq", Long.toString(after), "follow", follow)));
    }

    private InputStream get(String path) {
        return wire.stream("GET", path, BodyPublishers.noBody(), Wire.NDJSON);
    }

    /** Tells the running turn to end. @return whether one runs */
    public boolean interrupt(String id) {
        return SessionCodec.text(wire.call("POST", path(id, "/interrupt")), "status")
                .equals("interrupting");
    }

    /**
     * Answers what the agent asks for. The same answer may be given again.
     *
     * @throws ServerRefusedException with code {@code already_answered} or {@code ask_closed} where it comes too late
     */
    public void answer(String id, SessionEvent.Ask ask, Answer answer) {
        wire.call(
                "POST",
                path(id, "/permissions/" + Wire.escaped(ask.id())),
                SessionCodec.body(answer, ask),
                Wire.PATIENCE);
    }

    /** Makes room in the conversation; 409 {@code session_busy} while a turn runs. */
    public Compaction compact(String id) {
        return SessionCodec.compaction(wire.call("POST", path(id, "/compact")));
    }

    /** What the agent changed since the session began. */
    public Changes changes(String id) {
        return SessionCodec.changes(
                wire.json("GET", path(id, "/diff"), BodyPublishers.noBody(), "application/json", LONGEST_DIFF));
    }

    /** Gives it another name, or none; 409 {@code name_taken} if another session has it. */
    public void rename(String id, Optional<String> name) {
        wire.call(
                "PATCH",
                path(id, ""),
                JsonNodeFactory.instance.objectNode().put("session_name", name.orElse(null)),
                Wire.PATIENCE);
    }

    /** Ends it: its turn is cancelled and its files go; its events stay until retention ends them. */
    public void delete(String id) {
        wire.call("DELETE", path(id, ""));
    }

    /** As {@link #delete}, its events too; also of one that was deleted before. */
    public void erase(String id) {
        wire.call("DELETE", path(id, "?erase=true"));
    }

    /** All its events as they are stored, one JSON object a line; the caller closes it. */
    public InputStream export(String id) {
        return get(path(id, "/export"));
    }

    /**
     * Makes a directory of the server's machine a project directory of the workspace {@code default}, at {@code /workspace/NAME}. Only for
     * the local command line, whose key is the token of the data directory.
     *
     * @param name {@code [a-z0-9][a-z0-9._-]{0,63}}
     * @param directory an absolute path
     */
    public void linkProject(String name, String directory) {
        wire.call(
                "PUT",
                "/belay/v1/organisations/default/workspaces/default/projects/" + Wire.escaped(name),
                JsonNodeFactory.instance.objectNode().put("directory", directory),
                Wire.PATIENCE);
    }
}
