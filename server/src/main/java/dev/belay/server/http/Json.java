package dev.belay.server.http;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.MalformedRequestException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one codec for JSON that comes in or goes out. Strict: one value, UTF-8, no name twice, no half of a surrogate pair (it could not be
 * sent back out); numbers keep every digit.
 */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private Json() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /**
     * The object that a request body holds.
     *
     * @throws MalformedRequestException if it is not JSON; the message says where it breaks
     * @throws InvalidRequestException if it is JSON of another type
     */
    public static ObjectNode readObject(byte[] body) {
        if (read(utf8(body)) instanceof ObjectNode object) {
            return object;
        }
        throw new InvalidRequestException("body", "the request body must be a JSON object");
    }

    /** The value of a text; {@link MalformedRequestException} if it is not JSON. */
    public static JsonNode read(String text) {
        JsonNode node;
        try {
            node = MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw new MalformedRequestException("the request body is not valid JSON: " + reason(e));
        }
        if (node.isMissingNode()) {
            throw new MalformedRequestException("the request body is empty; it must be a JSON object");
        }
        if (text.contains("\\u")) {
            requireWholeCharacters(node);
        }
        return node;
    }

    public static byte[] write(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    public static String writeText(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedRequestException("the request body is not valid UTF-8");
        }
    }

    private static String reason(JacksonException e) {
        String where = e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        return e.getOriginalMessage().lines().findFirst().orElse("syntax error") + where;
    }

    private static void requireWholeCharacters(JsonNode node) {
        if (node.isString()) {
            requireWholeCharacters(node.stringValue());
        }
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            requireWholeCharacters(property.getKey());
        }
        for (JsonNode child : node) {
            requireWholeCharacters(child);
        }
    }

    private static void requireWholeCharacters(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new MalformedRequestException("a string in the request body holds half of a surrogate pair (\\u"
                        + Integer.toHexString(c) + "), which is no character");
            }
        }
    }
}
