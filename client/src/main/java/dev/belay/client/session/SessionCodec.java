package dev.belay.client.session;

import dev.belay.api.Cost;
import dev.belay.api.CostBasis;
import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.api.Usage;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Sessions as they go over the wire. Fields that a newer server adds are passed over. */
final class SessionCodec {
    private SessionCodec() {}

    static ObjectNode body(SessionRequest request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        request.name().ifPresent(name -> body.put("session_name", name));
        ObjectNode options = body.putObject("options");
        options(options, request.model(), request.permissionMode(), request.maxBudget());
        request.workingDirectory().ifPresent(directory -> options.put("working_dir", directory));
        options.put("stream_deltas", request.deltas()).put("ask_user", request.askUser());
        return body;
    }

    static ObjectNode body(Message message) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("prompt", message.prompt());
        switch (message.whenBusy()) {
            case REFUSE -> {}
            case QUEUE -> body.put("queue", true);
            case STEER -> body.put("steer", true);
        }
        options(body.putObject("options"), message.model(), message.permissionMode(), message.maxBudget());
        return body;
    }

    private static void options(
            ObjectNode options, Optional<String> model, Optional<String> permissionMode, Optional<Money> maxBudget) {
        model.ifPresent(name -> options.put("model", name));
        permissionMode.ifPresent(mode -> options.put("permission_mode", mode));
        maxBudget.ifPresent(most -> options.put("max_budget_usd", most.dollars()));
    }

    static ObjectNode body(Answer answer, SessionEvent.Ask ask) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("behavior", answer.allow() ? "allow" : "deny").put("input_hash", ask.inputHash());
        answer.message().ifPresent(text -> body.put("message", text));
        if (answer.interrupt()) {
            body.put("interrupt", true);
        }
        return body;
    }

    static Session session(JsonNode json) {
        return new Session(
                text(json, "session_id"),
                optional(json, "session_name"),
                text(json, "status"),
                text(json, "model"),
                time(json, "created_at"),
                time(json, "last_active_at"),
                optional(json, "expires_at").map(Instant::parse),
                whole(json));
    }

    static SessionStatus status(JsonNode json) {
        JsonNode current = json.path("current_turn");
        return new SessionStatus(
                session(json),
                current.isObject()
                        ? Optional.of(new SessionStatus.Current(
                                text(current, "turn_id"), time(current, "started_at"), optional(current, "tool")))
                        : Optional.empty(),
                json.path("turns").asInt(),
                json.path("queue_depth").asInt(),
                json.path("last_seq").asLong(),
                usage(json.path("usage")),
                cost(json.path("usage")),
                json.path("budget").path("max_usd").isNumber()
                        ? Optional.of(Money.ofDollars(
                                json.path("budget").path("max_usd").decimalValue()))
                        : Optional.empty(),
                json.path("history").valueStream().map(SessionCodec::turn).toList(),
                whole(json));
    }

    private static SessionStatus.Turn turn(JsonNode json) {
        return new SessionStatus.Turn(
                text(json, "turn_id"),
                text(json, "prompt"),
                text(json, "status"),
                time(json, "started_at"),
                optional(json, "ended_at").map(Instant::parse),
                json.path("events_from_seq").asLong(),
                text(json, "summary"),
                json.path("rewound").asBoolean(false));
    }

    private static Usage usage(JsonNode json) {
        return new Usage(
                json.path("input_tokens").asLong(),
                json.path("output_tokens").asLong(),
                json.path("cache_read_tokens").asLong(),
                json.path("cache_creation_tokens").asLong());
    }

    private static Cost cost(JsonNode json) {
        return new Cost(
                Money.ofDollars(json.path("cost_usd").decimalValue(BigDecimal.ZERO)),
                text(json, "cost_basis").equals(CostBasis.LIST.word()) ? CostBasis.LIST : CostBasis.UNKNOWN);
    }

    static SessionEvent event(String line) {
        JsonNode json = JsonMapper.shared().readTree(line);
        String type = text(json, "type");
        return new SessionEvent(
                json.path("seq").isNumber() ? OptionalLong.of(json.path("seq").asLong()) : OptionalLong.empty(),
                type,
                time(json, "ts"),
                optional(json, "turn_id"),
                optional(json, "parent_id").map(call -> new SessionEvent.Subagent(call, text(json, "agent"))),
                type.equals("result") ? Optional.of(result(json)) : Optional.empty(),
                type.equals("permission_request") ? Optional.of(ask(json)) : Optional.empty(),
                new JsonText(line));
    }

    /** Whether the server says with it that the rest of the stream is to be read over another connection. */
    static boolean isCut(SessionEvent event) {
        return event.type().equals("status")
                && JsonMapper.shared().readTree(event.json().text()).has("resume_after");
    }

    private static SessionEvent.Result result(JsonNode json) {
        return new SessionEvent.Result(
                text(json, "status"),
                text(json, "result"),
                cost(json),
                json.path("turns").asInt(),
                Duration.ofMillis(json.path("duration_ms").asLong()),
                optional(json.path("error"), "message"));
    }

    private static SessionEvent.Ask ask(JsonNode json) {
        return new SessionEvent.Ask(
                text(json, "id"),
                text(json, "tool_use_id"),
                text(json, "kind").equals("question"),
                text(json, "tool"),
                whole(json.path("input")),
                text(json, "input_hash"),
                time(json, "deadline"),
                text(json, "reason"));
    }

    static Compaction compaction(JsonNode json) {
        return new Compaction(
                json.path("compacted").asBoolean() ? Optional.empty() : Optional.of(text(json, "reason")),
                json.path("messages_before").asLong(),
                json.path("messages_after").asLong(),
                json.path("tokens_before").asLong(),
                json.path("tokens_after").asLong());
    }

    static Changes changes(JsonNode json) {
        return new Changes(
                text(json, "directory"),
                json.path("complete").asBoolean(true),
                json.path("files")
                        .valueStream()
                        .map(file -> new Changes.File(
                                text(file, "path"),
                                text(file, "change"),
                                file.path("size").asLong(),
                                optional(file, "diff")))
                        .toList());
    }

    private static JsonText whole(JsonNode json) {
        return new JsonText(JsonMapper.shared().writeValueAsString(json));
    }

    static String text(JsonNode json, String name) {
        return json.path(name).asString("");
    }

    static Optional<String> optional(JsonNode json, String name) {
        return Optional.of(json.path(name)).filter(JsonNode::isString).map(JsonNode::stringValue);
    }

    private static Instant time(JsonNode json, String name) {
        return Instant.parse(text(json, name));
    }
}
