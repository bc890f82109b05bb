package dev.belay.server.http;

import dev.belay.api.InvalidRequestException;
import dev.belay.server.spelling.Spelling;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the fields of a JSON object by type. A field that is {@code null} counts as absent. Every mismatch is an
 * {@link InvalidRequestException} that names the field and what it must be.
 */
public final class Fields {
    private final ObjectNode object;
    private final UnaryOperator<String> written;

    public Fields(ObjectNode object) {
        this(object, UnaryOperator.identity());
    }

    /** @param written how the caller wrote a field's name, for example {@code options.model} for {@code model} */
    public Fields(ObjectNode object, UnaryOperator<String> written) {
        this.object = object;
        this.written = written;
    }

    /** How the caller wrote that field's name. */
    public String written(String name) {
        return written.apply(name);
    }

    /** Refuses any field but these. */
    public Fields only(Collection<String> known) {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw new InvalidRequestException(
                        written(name), "unknown field \"" + written(name) + "\"" + Spelling.suggestion(name, known));
            }
        }
        return this;
    }

    public Optional<JsonNode> node(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    public Optional<String> string(String name) {
        return typed(name, JsonNode::isString, "a string").map(JsonNode::stringValue);
    }

    public String requiredString(String name) {
        return string(name)
                .orElseThrow(() -> new InvalidRequestException(
                        written(name), "the field \"" + written(name) + "\" is required and must be a string"));
    }

    public boolean bool(String name, boolean otherwise) {
        return typed(name, JsonNode::isBoolean, "true or false")
                .map(JsonNode::booleanValue)
                .orElse(otherwise);
    }

    public OptionalInt integer(String name) {
        Optional<JsonNode> node = typed(name, n -> n.isIntegralNumber() && n.canConvertToInt(), "a whole number");
        return node.isPresent() ? OptionalInt.of(node.get().intValue()) : OptionalInt.empty();
    }

    public Optional<BigDecimal> decimal(String name) {
        return typed(name, JsonNode::isNumber, "a number").map(JsonNode::decimalValue);
    }

    public Optional<List<String>> strings(String name) {
        return typed(name, JsonNode::isArray, "a list of strings").map(array -> {
            List<String> strings = new ArrayList<>();
            for (JsonNode element : array) {
                if (!element.isString()) {
                    throw mismatch(name, "a list of strings");
                }
                strings.add(element.stringValue());
            }
            return List.copyOf(strings);
        });
    }

    public Optional<ObjectNode> object(String name) {
        return typed(name, JsonNode::isObject, "an object").map(ObjectNode.class::cast);
    }

    private Optional<JsonNode> typed(String name, Predicate<JsonNode> type, String expectation) {
        return node(name).map(node -> {
            if (!type.test(node)) {
                throw mismatch(name, expectation);
            }
            return node;
        });
    }

    private InvalidRequestException mismatch(String name, String expectation) {
        return new InvalidRequestException(written(name), "the field \"" + written(name) + "\" must be " + expectation);
    }
}
