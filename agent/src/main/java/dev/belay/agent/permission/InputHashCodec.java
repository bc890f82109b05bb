package dev.belay.agent.permission;

import dev.belay.api.JsonText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The hash that binds an answer to what was asked for. */
final class InputHashCodec {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .build();

    private InputHashCodec() {}

    /** SHA-256, in hexadecimal, of the JSON without blanks and with the fields of every object sorted; of text that is no JSON, of the text. */
    static String of(JsonText input) {
        String canonical;
        try {
            canonical = MAPPER.writeValueAsString(MAPPER.readValue(input.text(), Object.class));
        } catch (JacksonException e) {
            canonical = input.text();
        }
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
