package dev.belay.agent.output;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.regex.RegularExpression;
import dev.belay.agent.tool.SchemaProblemCodec;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.JsonText;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a schema that comes from outside, and holds answers against it. Nothing is fetched, and the work is bounded: a schema may not refer
 * out of itself nor make an answer be looked at too often, and a pattern gets only so many steps.
 */
final class OutputSchemaCodec {
    private static final int MOST_SCHEMA_BYTES = 64 << 10;
    private static final int MOST_ANSWER_BYTES = 256 << 10;
    private static final int DEEPEST = 32;
    private static final int MOST_PROBLEMS = 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            registry -> registry.schemaCacheEnabled(false)
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .regularExpressionFactory(BoundedPattern::new)
                            .build()));

    private final JsonText text;
    private final Schema schema;

    private OutputSchemaCodec(JsonText text, Schema schema) {
        this.text = text;
        this.schema = schema;
    }

    /** @throws InvalidRequestException for {@code output_schema} */
    static OutputSchemaCodec of(JsonText text) {
        if (bytes(text) > MOST_SCHEMA_BYTES) {
            throw refused("is larger than " + MOST_SCHEMA_BYTES + " bytes");
        }
        JsonNode json;
        try {
            json = MAPPER.readTree(text.text());
        } catch (JacksonException e) {
            throw refused("is not JSON: " + e.getOriginalMessage());
        }
        if (!(json instanceof ObjectNode root)
                || !root.path("type").asString("").equals("object")) {
            throw refused("must describe an object: its \"type\" must be \"object\"");
        }
        if (depth(root) > DEEPEST) {
            throw refused("nests deeper than " + DEEPEST + " levels");
        }
        requireKnownDialect(root);
        new Work(root).require();
        try {
            Schema rules = REGISTRY.getSchema(
                    SchemaLocation.of(Dialects.getDraft202012().getId()));
            List<Error> problems = rules.validate(root);
            if (!problems.isEmpty()) {
                throw refused("is not a JSON Schema (2020-12): " + listed(problems));
            }
            Schema schema = REGISTRY.getSchema(root);
            schema.initializeValidators();
            return new OutputSchemaCodec(new JsonText(MAPPER.writeValueAsString(root)), schema);
        } catch (InvalidRequestException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            throw refused("cannot be used: " + e.getMessage());
        }
    }

    private static void requireKnownDialect(ObjectNode root) {
        JsonNode dialect = root.remove("$schema");
        if (dialect != null && !dialect.asString("").matches("https?://json-schema\\.org/.*")) {
            throw refused("names a $schema that is not known; leave it out");
        }
    }

    /** The schema as the model is told it. */
    JsonText schema() {
        return text;
    }

    Optional<String> problems(JsonText answer) {
        if (bytes(answer) > MOST_ANSWER_BYTES) {
            return Optional.of("The answer is larger than " + MOST_ANSWER_BYTES + " bytes.");
        }
        JsonNode json;
        try {
            json = MAPPER.readTree(answer.text());
        } catch (JacksonException e) {
            return Optional.of("The answer is not JSON: " + e.getOriginalMessage());
        }
        if (depth(json) > DEEPEST) {
            return Optional.of("The answer nests deeper than " + DEEPEST + " levels.");
        }
        try {
            List<Error> problems = schema.validate(json);
            return problems.isEmpty()
                    ? Optional.empty()
                    : Optional.of("The answer does not fit its schema:\n" + listed(problems));
        } catch (TooMuchWorkException e) {
            return Optional.of("The answer could not be checked: " + e.getMessage());
        }
    }

    private static String listed(List<Error> problems) {
        return problems.stream()
                .map(problem -> "- " + SchemaProblemCodec.words(problem, "the schema"))
                .distinct()
                .limit(MOST_PROBLEMS)
                .collect(Collectors.joining("\n"));
    }

    private static int depth(JsonNode json) {
        int deepest = 0;
        for (JsonNode child : json) {
            deepest = Math.max(deepest, depth(child));
        }
        return deepest + 1;
    }

    private static int bytes(JsonText text) {
        return text.text().getBytes(StandardCharsets.UTF_8).length;
    }

    private static InvalidRequestException refused(String why) {
        return new InvalidRequestException("output_schema", "output_schema " + why);
    }

    /** How often, at most, one place of an answer is looked at: references that branch would otherwise make that grow without bounds. */
    private static final class Work {
        private static final long MOST = 100_000;
        /** A level of an answer is two of its schema: {@code properties}, and the property. */
        private static final int LEVELS = 2 * DEEPEST;

        private static final Set<String> SAME_PLACE = Set.of(
                "$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "$dynamicRef");

        private final ObjectNode root;
        private final IdentityHashMap<JsonNode, long[]> known = new IdentityHashMap<>();

        Work(ObjectNode root) {
            this.root = root;
        }

        void require() {
            if (of(root, LEVELS, 0) > MOST) {
                throw refused("refers to itself in so many ways that an answer could not be checked in time");
            }
        }

        /** @param steps how many references led here without a step down into the answer */
        private long of(JsonNode node, int levels, int steps) {
            if (!node.isContainer() || levels == 0) {
                return 1;
            }
            long[] atLevel = known.computeIfAbsent(node, _ -> new long[LEVELS + 1]);
            if (atLevel[levels] > 0) {
                return atLevel[levels];
            }
            long work = 1;
            if (node.isArray()) {
                for (JsonNode child : node) {
                    work += of(child, levels, steps);
                }
            }
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                boolean same = SAME_PLACE.contains(entry.getKey());
                work += of(entry.getValue(), same ? levels : levels - 1, same ? steps : 0);
                if (entry.getValue().isString()) {
                    work += referred(entry.getKey(), entry.getValue().stringValue(), levels, steps);
                }
            }
            atLevel[levels] = Math.min(work, MOST + 1);
            return atLevel[levels];
        }

        private long referred(String keyword, String value, int levels, int steps) {
            return switch (keyword) {
                case "$ref" -> {
                    if (!value.equals("#") && !value.startsWith("#/")) {
                        throw refused("refers to \"" + value + "\"; only references into itself (#/…) are followed");
                    }
                    JsonNode target = target(value);
                    if (target.isMissingNode()) {
                        throw refused("refers to \"" + value + "\", which it does not hold");
                    }
                    if (steps == DEEPEST) {
                        throw refused("refers to itself without end");
                    }
                    yield of(target, levels, steps + 1);
                }
                case "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor" ->
                    throw refused("uses " + keyword + "; only $ref is followed");
                default -> 0;
            };
        }

        private JsonNode target(String reference) {
            try {
                return root.at(URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw refused("refers to \"" + reference + "\", which is no reference");
            }
        }
    }

    /** A pattern of a schema. It may have been written to take for ever; it gets so many steps. */
    private static final class BoundedPattern implements RegularExpression {
        private static final int MOST_STEPS = 2_000_000;

        private final Pattern pattern;

        BoundedPattern(String regex) {
            this.pattern = Pattern.compile(regex);
        }

        @Override
        public boolean matches(String value) {
            return pattern.matcher(new Counted(value, new int[1])).find();
        }

        /** @param steps shared by all parts of one text */
        private record Counted(CharSequence text, int[] steps) implements CharSequence {
            @Override
            public char charAt(int index) {
                if (steps[0]++ > MOST_STEPS) {
                    throw new TooMuchWorkException();
                }
                return text.charAt(index);
            }

            @Override
            public int length() {
                return text.length();
            }

            @Override
            public CharSequence subSequence(int start, int end) {
                return new Counted(text.subSequence(start, end), steps);
            }

            @Override
            public String toString() {
                return text.toString();
            }
        }
    }

    private static final class TooMuchWorkException extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooMuchWorkException() {
            super("a pattern of its schema takes too long");
        }
    }
}
