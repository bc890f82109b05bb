package dev.belay.server.cloudagent.body;

import dev.belay.agent.mcp.McpRequest;
import dev.belay.agent.permission.PermissionMode;
import dev.belay.agent.permission.PermissionOptions;
import dev.belay.agent.permission.PermissionRules;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.session.request.TurnOptions;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.MalformedRequestException;
import dev.belay.api.Money;
import dev.belay.sandbox.registry.SandboxSize;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import dev.belay.server.spelling.Spelling;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The options of a request. They come under {@code options} or beside the prompt (contract: Cloud Agent 1.2 row 1); both are fine if they
 * agree.
 */
public final class RequestOptions {
    private static final BigDecimal MOST_DOLLARS = BigDecimal.valueOf(1_000_000_000);
    private static final BigDecimal MOST_SECONDS = BigDecimal.valueOf(31_536_000);
    /** More digits after the point mean nothing here and would only cost memory. */
    private static final int MOST_DIGITS = 18;

    private static final List<String> SUPPORTED = List.of(
            "model",
            "fallback_model",
            "max_turns",
            "max_budget_usd",
            "allow_unpriced",
            "timeout_s",
            "allowed_tools",
            "disallowed_tools",
            "working_dir",
            "sandbox_enabled",
            "sandbox",
            "system_prompt",
            "system_prompt_mode",
            "output_schema",
            "stream_deltas",
            "metadata",
            "engine",
            "permission_mode",
            "permissions",
            "ask_user",
            "background_tasks",
            "on_restart",
            McpServersBody.NAME,
            AgentsBody.NAME);
    /** Part of the contract; a request that uses one is told so instead of being run without it. */
    private static final List<String> NOT_BUILT = List.of("hooks", "resume");

    private static final List<String> OPTIONS =
            Stream.concat(SUPPORTED.stream(), NOT_BUILT.stream()).toList();

    /** What one message may ask for (row 8). */
    private static final List<String> OF_A_TURN =
            List.of("model", "max_turns", "max_budget_usd", "timeout_s", "permission_mode");

    private RequestOptions() {}

    /** The options of a run; any field that is neither an option nor known otherwise is refused. */
    static Fields ofRun(ObjectNode object) {
        return merged(
                object,
                List.of("prompt"),
                Stream.concat(OPTIONS.stream(), Stream.of("detach")).toList());
    }

    /** As above for a session. */
    public static Fields ofSession(ObjectNode object) {
        return merged(object, List.of("session_name"), OPTIONS);
    }

    /**
     * As above for a message, of whose options only some are allowed.
     *
     * @param others what may stand beside the options
     */
    static Fields ofMessage(ObjectNode object, List<String> others) {
        return merged(object, others, OF_A_TURN);
    }

    private static Fields merged(ObjectNode object, List<String> others, List<String> known) {
        Fields top = new Fields(object)
                .only(Stream.of(others, List.of("options"), known)
                        .flatMap(List::stream)
                        .toList());
        return merged(object, top.object("options").orElse(Json.object()), known);
    }

    static TurnOptions ofTurn(Fields options, boolean pin) {
        return new TurnOptions(
                options.string("model"),
                options.integer("max_turns"),
                budget(options),
                timeout(options),
                permissionMode(options),
                pin);
    }

    /**
     * All but what is never stored.
     *
     * @param resume what becomes of an open turn when the server dies, unless the request says
     * @param mcp whose names are stored
     */
    public static RunOptions read(Fields options, boolean resume, McpRequest mcp) {
        refuseNotBuilt(options);
        return new RunOptions(
                options.string("model"),
                options.string("fallback_model"),
                options.integer("max_turns"),
                budget(options),
                options.bool("allow_unpriced", false),
                timeout(options),
                options.strings("allowed_tools"),
                options.strings("disallowed_tools").orElse(List.of()),
                permissions(options),
                options.string("working_dir").orElse(RunOptions.WORKSPACE),
                options.bool("sandbox_enabled", true),
                sandboxSize(options),
                options.string("system_prompt"),
                word(options, "system_prompt_mode", List.of("append", "replace"), "")
                        .equals("replace"),
                options.object("output_schema").map(schema -> new JsonText(Json.writeText(schema))),
                options.bool("stream_deltas", false),
                word(options, "on_restart", List.of("interrupt", "resume"), resume ? "resume" : "interrupt")
                        .equals("resume"),
                mcp.names(),
                AgentsBody.read(options),
                options.object("metadata")
                        .map(metadata -> new JsonText(Json.writeText(metadata)))
                        .orElse(JsonText.EMPTY_OBJECT));
    }

    private static Optional<PermissionMode> permissionMode(Fields options) {
        return options.string("permission_mode").map(PermissionMode::of);
    }

    private static PermissionOptions permissions(Fields options) {
        String written = options.written("permissions");
        Fields lists = new Fields(options.object("permissions").orElse(Json.object()), name -> written + "." + name)
                .only(List.of("allow", "ask", "deny"));
        return new PermissionOptions(
                permissionMode(options).orElse(PermissionMode.BYPASS),
                new PermissionRules(
                        lists.strings("allow").orElse(List.of()),
                        lists.strings("ask").orElse(List.of()),
                        lists.strings("deny").orElse(List.of())),
                options.bool("ask_user", false));
    }

    /** The field {@code max_budget_usd}. */
    static Optional<Money> budget(Fields options) {
        return options.decimal("max_budget_usd")
                .map(dollars -> bounded(options, "max_budget_usd", dollars, MOST_DOLLARS))
                .map(Money::ofDollars);
    }

    private static Optional<Duration> timeout(Fields options) {
        return options.decimal("timeout_s")
                .map(seconds -> bounded(options, "timeout_s", seconds, MOST_SECONDS))
                .map(seconds -> Duration.ofMillis(seconds.movePointRight(3).longValue()));
    }

    private static Fields merged(ObjectNode flat, ObjectNode nested, List<String> known) {
        for (String name : nested.propertyNames()) {
            if (!known.contains(name)) {
                throw new InvalidRequestException(
                        "options." + name, "unknown field \"options." + name + "\"" + Spelling.suggestion(name, known));
            }
        }
        ObjectNode merged = Json.object();
        Map<String, String> written = new HashMap<>();
        for (String name : known) {
            Optional<JsonNode> outside = new Fields(flat).node(name);
            Optional<JsonNode> inside = new Fields(nested).node(name);
            if (outside.isPresent() && inside.isPresent() && !same(outside.get(), inside.get())) {
                throw new MalformedRequestException(
                        "\"" + name + "\" and \"options." + name + "\" are both given and differ");
            }
            outside.or(() -> inside).ifPresent(value -> merged.set(name, value));
            written.put(name, outside.isPresent() ? name : "options." + name);
        }
        return new Fields(merged, name -> written.getOrDefault(name, name));
    }

    /** Numbers are the same if their values are, however they are written. */
    private static boolean same(JsonNode a, JsonNode b) {
        return a.equals(
                (x, y) -> x.isNumber() && y.isNumber()
                        ? x.decimalValue().compareTo(y.decimalValue())
                        : x.equals(y) ? 0 : 1,
                b);
    }

    /** Contract: Cloud Agent 1.2, {@code sandbox{image,network,memory_mb,cpus}}. What cannot be had is refused, never left out. */
    private static SandboxSize sandboxSize(Fields options) {
        String written = options.written("sandbox");
        Fields sandbox = new Fields(options.object("sandbox").orElse(Json.object()), name -> written + "." + name)
                .only(List.of("image", "network", "memory_mb", "cpus"));
        if (sandbox.node("image").isPresent()) {
            throw notBuilt(
                    sandbox,
                    "image",
                    "images are not supported: a sandbox has this machine's own programs; leave it out");
        }
        boolean closed = sandbox.node("network")
                .map(network -> (network.isBoolean() && !network.booleanValue())
                        || (network.isString() && network.stringValue().equals("none")))
                .orElse(true);
        if (!closed) {
            throw notBuilt(
                    sandbox, "network", "sandboxes have no network; \"none\" and false are all that can be asked for");
        }
        return new SandboxSize(
                sandbox.integer("memory_mb"),
                sandbox.decimal("cpus").map(BigDecimal::doubleValue),
                OptionalInt.empty(),
                OptionalInt.empty(),
                false);
    }

    private static void refuseNotBuilt(Fields options) {
        for (String name : NOT_BUILT) {
            if (options.node(name).isPresent()) {
                throw notBuilt(options, name, "\"" + name + "\" is not supported yet; leave it out");
            }
        }
        if (!options.string("engine").orElse("native").equals("native")) {
            throw notBuilt(options, "engine", "the only engine so far is \"native\"");
        }
        if (options.bool("background_tasks", false)) {
            throw notBuilt(options, "background_tasks", "background_tasks is not supported yet; leave it out");
        }
    }

    private static InvalidRequestException notBuilt(Fields options, String name, String message) {
        return new InvalidRequestException(options.written(name), message);
    }

    private static BigDecimal bounded(Fields options, String name, BigDecimal value, BigDecimal most) {
        if (value.abs().compareTo(most) > 0 || value.scale() > MOST_DIGITS) {
            throw new InvalidRequestException(
                    options.written(name),
                    "the field \"" + options.written(name) + "\" must be at most " + most.toPlainString()
                            + ", with at most " + MOST_DIGITS + " digits after the point");
        }
        return value;
    }

    private static String word(Fields options, String name, List<String> known, String otherwise) {
        String word = options.string(name).orElse(otherwise);
        if (!word.equals(otherwise) && !known.contains(word)) {
            throw new InvalidRequestException(
                    options.written(name),
                    "the field \"" + options.written(name) + "\" must be one of " + String.join(", ", known));
        }
        return word;
    }
}
