package dev.belay.agent.model.scripted;

import dev.belay.agent.budget.Price;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import dev.belay.api.Usage;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a script: {@code {"price"?: {"input", "output", "cache_read", "cache_creation"}, "context_tokens"?, "steps": [{"thinking"?, "text"?, "delta_ms"?,
 * "tool_calls"?: [{"tool", "input"}], "usage"?, "delay_ms"?, "error"?: {"status", "message"}, "expect"?}]}}. Prices are dollars per million
 * tokens; {@code text} is one string or an array of pieces; an {@code input} that is a string is sent as it stands, so that a script can play
 * a model that sends broken JSON.
 */
final class ScriptCodec {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Set<String> SCRIPT_FIELDS = Set.of("price", "context_tokens", "steps");
    private static final Set<String> STEP_FIELDS =
            Set.of("thinking", "text", "delta_ms", "tool_calls", "usage", "delay_ms", "error", "expect");
    private static final Set<String> PRICE_FIELDS = Set.of("input", "output", "cache_read", "cache_creation");
    private static final Set<String> USAGE_FIELDS =
            Set.of("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens");

    private final String name;

    private ScriptCodec(String name) {
        this.name = name;
    }

    /** @throws InvalidRequestException saying what in the script is wrong */
    static Script read(String name, String text) {
        return new ScriptCodec(name).script(text);
    }

    private Script script(String text) {
        JsonNode root;
        try {
            root = MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw wrong("is not JSON: " + e.getOriginalMessage());
        }
        fields(root, "the script", SCRIPT_FIELDS);
        JsonNode steps = root.path("steps");
        if (!steps.isArray()) {
            throw wrong("has no array \"steps\"");
        }
        List<Script.Step> read = new ArrayList<>();
        for (JsonNode step : steps) {
            read.add(step(step, "step " + (read.size() + 1)));
        }
        JsonNode context = root.path("context_tokens");
        return new Script(
                price(root.path("price")),
                context.isMissingNode()
                        ? OptionalInt.empty()
                        : OptionalInt.of((int) Math.min(Integer.MAX_VALUE, number(context, "context_tokens"))),
                read);
    }

    private Script.Step step(JsonNode step, String where) {
        fields(step, where, STEP_FIELDS);
        List<Script.Call> calls = new ArrayList<>();
        for (JsonNode call : step.path("tool_calls")) {
            fields(call, where + ", a tool call", Set.of("tool", "input"));
            JsonNode input = call.path("input");
            calls.add(new Script.Call(
                    text(call.path("tool"), where + ", tool"),
                    new JsonText(
                            input.isString() ? input.stringValue() : input.isMissingNode() ? "{}" : input.toString())));
        }
        JsonNode error = step.path("error");
        return new Script.Step(
                optional(step.path("thinking"), where),
                pieces(step.path("text"), where),
                Duration.ofMillis(number(step.path("delta_ms"), where)),
                List.copyOf(calls),
                usage(step.path("usage"), where),
                Duration.ofMillis(number(step.path("delay_ms"), where)),
                error.isMissingNode()
                        ? Optional.empty()
                        : Optional.of(new Script.Failure(
                                (int) number(error.path("status"), where), text(error.path("message"), where))),
                optional(step.path("expect"), where));
    }

    private List<String> pieces(JsonNode node, String where) {
        if (node.isMissingNode()) {
            return List.of();
        }
        if (!node.isArray()) {
            return List.of(text(node, where + ", text"));
        }
        List<String> pieces = new ArrayList<>();
        node.forEach(piece -> pieces.add(text(piece, where + ", text")));
        return List.copyOf(pieces);
    }

    private Price price(JsonNode node) {
        if (node.isMissingNode()) {
            return Price.FREE;
        }
        fields(node, "price", PRICE_FIELDS);
        return new Price(
                dollars(node, "input"),
                dollars(node, "output"),
                dollars(node, "cache_read"),
                dollars(node, "cache_creation"));
    }

    private BigDecimal dollars(JsonNode price, String field) {
        JsonNode node = price.path(field);
        if (node.isMissingNode()) {
            return BigDecimal.ZERO;
        }
        if (!node.isNumber() || node.decimalValue().signum() < 0) {
            throw wrong("price, " + field + ": not a number of dollars");
        }
        return node.decimalValue();
    }

    private Usage usage(JsonNode node, String where) {
        if (node.isMissingNode()) {
            return Usage.NONE;
        }
        fields(node, where + ", usage", USAGE_FIELDS);
        return new Usage(
                number(node.path("input_tokens"), where),
                number(node.path("output_tokens"), where),
                number(node.path("cache_read_tokens"), where),
                number(node.path("cache_creation_tokens"), where));
    }

    private Optional<String> optional(JsonNode node, String where) {
        return node.isMissingNode() ? Optional.empty() : Optional.of(text(node, where));
    }

    private String text(JsonNode node, String where) {
        if (!node.isString()) {
            throw wrong(where + ": not a string");
        }
        return node.stringValue();
    }

    private long number(JsonNode node, String where) {
        if (node.isMissingNode()) {
            return 0;
        }
        if (!node.isIntegralNumber() || node.longValue() < 0) {
            throw wrong(where + ": not a number from 0");
        }
        return node.longValue();
    }

    private void fields(JsonNode node, String where, Set<String> known) {
        if (!node.isObject()) {
            throw wrong(where + " is not an object");
        }
        for (String field : node.propertyNames()) {
            if (!known.contains(field)) {
                throw wrong(where + " has an unknown field \"" + field + "\"; known are "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private InvalidRequestException wrong(String what) {
        return new InvalidRequestException("model", "the script " + name + " " + what);
    }
}
