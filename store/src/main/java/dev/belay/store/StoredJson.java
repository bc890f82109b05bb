package dev.belay.store;

import dev.belay.api.ExecId;
import dev.belay.api.JsonText;
import dev.belay.api.KeyId;
import dev.belay.api.Money;
import dev.belay.api.OrganisationId;
import dev.belay.api.SandboxId;
import dev.belay.api.SessionId;
import dev.belay.api.StorageException;
import dev.belay.api.TurnId;
import dev.belay.api.WorkspaceId;
import java.io.StringWriter;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * The codec for JSON that is stored: records to text and back. Ids and {@link JsonText} are strings (so that foreign JSON comes back to the
 * byte), money is a number of micro-dollars; a field that this version does not know is ignored.
 */
public final class StoredJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(words())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final String REWRITE = "rewrite";
    private static final JsonMapper REWRITING = MAPPER.rebuild()
            .addModule(new SimpleModule("rewriting")
                    .addSerializer(new Rewritten<>(String.class, (text, rewrite) -> rewrite.apply(text)))
                    .addSerializer(new Rewritten<>(
                            JsonText.class,
                            (json, rewrite) -> rewriteStrings(json, rewrite).text())))
            .build();

    private StoredJson() {}

    /** The types that are stored as one word and not as an object. */
    private static SimpleModule words() {
        SimpleModule module = new SimpleModule("words")
                .addSerializer(new MoneyAsNumber())
                .addDeserializer(Money.class, new MoneyFromNumber());
        asText(module, OrganisationId.class, OrganisationId::value, OrganisationId::new);
        asText(module, WorkspaceId.class, WorkspaceId::value, WorkspaceId::new);
        asText(module, KeyId.class, KeyId::value, KeyId::new);
        asText(module, SessionId.class, SessionId::value, SessionId::new);
        asText(module, TurnId.class, TurnId::value, TurnId::new);
        asText(module, SandboxId.class, SandboxId::value, SandboxId::new);
        asText(module, ExecId.class, ExecId::value, ExecId::new);
        asText(module, JsonText.class, JsonText::text, JsonText::new);
        return module;
    }

    private static <T> void asText(
            SimpleModule module, Class<T> type, Function<T, String> text, Function<String, T> make) {
        module.addSerializer(new AsText<>(type, text)).addDeserializer(type, new FromText<>(make));
    }

    public static String encode(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** As {@link #encode(Object)}, with every string in it, also inside of {@link JsonText}, replaced by what {@code rewrite} makes of it. */
    public static String encode(Object value, UnaryOperator<String> rewrite) {
        return REWRITING.writer().withAttribute(REWRITE, rewrite).writeValueAsString(value);
    }

    /**
     * The JSON with every string and every name in it replaced by what {@code rewrite} makes of it; a number whose text it changes becomes a
     * string. Text that is no JSON is rewritten as a whole.
     */
    public static JsonText rewriteStrings(JsonText json, UnaryOperator<String> rewrite) {
        StringWriter rewritten = new StringWriter(json.text().length());
        try (JsonParser parser = MAPPER.createParser(json.text());
                JsonGenerator generator = MAPPER.createGenerator(rewritten)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                copy(token, parser, generator, rewrite);
            }
        } catch (JacksonException e) {
            return new JsonText(rewrite.apply(json.text()));
        }
        return new JsonText(rewritten.toString());
    }

    private static void copy(
            JsonToken token, JsonParser parser, JsonGenerator generator, UnaryOperator<String> rewrite) {
        if (token == JsonToken.PROPERTY_NAME) {
            generator.writeName(rewrite.apply(parser.currentName()));
        } else if (token == JsonToken.VALUE_STRING) {
            generator.writeString(rewrite.apply(parser.getString()));
        } else if (token.isNumeric()) {
            String number = parser.getString();
            String clean = rewrite.apply(number);
            if (clean.equals(number)) {
                generator.writeRawValue(number);
            } else {
                generator.writeString(clean);
            }
        } else {
            generator.copyCurrentEvent(parser);
        }
    }

    /** @throws StorageException if the text is not what {@code type} was stored as */
    public static <T> T decode(String text, Class<T> type) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JacksonException e) {
            throw new StorageException(
                    "storage_damaged", "stored text is not a " + type.getSimpleName() + ": " + e.getMessage(), e);
        }
    }

    private static final class AsText<T> extends ValueSerializer<T> {
        private final Class<T> type;
        private final Function<T, String> text;

        AsText(Class<T> type, Function<T, String> text) {
            this.type = type;
            this.text = text;
        }

        @Override
        public Class<T> handledType() {
            return type;
        }

        @Override
        public void serialize(T value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(text.apply(value));
        }
    }

    /** Writes a value as the string that the rewriting of this encoding makes of it. */
    private static final class Rewritten<T> extends ValueSerializer<T> {
        private final Class<T> type;
        private final BiFunction<T, UnaryOperator<String>, String> text;

        Rewritten(Class<T> type, BiFunction<T, UnaryOperator<String>, String> text) {
            this.type = type;
            this.text = text;
        }

        @Override
        public Class<T> handledType() {
            return type;
        }

        @Override
        @SuppressWarnings("unchecked") // Only encode(Object, UnaryOperator) sets the attribute.
        public void serialize(T value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(text.apply(value, (UnaryOperator<String>) context.getAttribute(REWRITE)));
        }
    }

    private static final class FromText<T> extends ValueDeserializer<T> {
        private final Function<String, T> make;

        FromText(Function<String, T> make) {
            this.make = make;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) {
            return make.apply(parser.getValueAsString());
        }
    }

    private static final class MoneyAsNumber extends ValueSerializer<Money> {
        @Override
        public Class<Money> handledType() {
            return Money.class;
        }

        @Override
        public void serialize(Money value, JsonGenerator generator, SerializationContext context) {
            generator.writeNumber(value.micros());
        }
    }

    private static final class MoneyFromNumber extends ValueDeserializer<Money> {
        @Override
        public Money deserialize(JsonParser parser, DeserializationContext context) {
            return new Money(parser.getLongValue());
        }
    }
}
