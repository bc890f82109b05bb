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
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
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
            .addModule(new SimpleModule()
                    .addSerializer(new AsText<>(OrganisationId.class, OrganisationId::value))
                    .addDeserializer(OrganisationId.class, new FromText<>(OrganisationId::new))
                    .addSerializer(new AsText<>(WorkspaceId.class, WorkspaceId::value))
                    .addDeserializer(WorkspaceId.class, new FromText<>(WorkspaceId::new))
                    .addSerializer(new AsText<>(KeyId.class, KeyId::value))
                    .addDeserializer(KeyId.class, new FromText<>(KeyId::new))
                    .addSerializer(new AsText<>(SessionId.class, SessionId::value))
                    .addDeserializer(SessionId.class, new FromText<>(SessionId::new))
                    .addSerializer(new AsText<>(TurnId.class, TurnId::value))
                    .addDeserializer(TurnId.class, new FromText<>(TurnId::new))
                    .addSerializer(new AsText<>(SandboxId.class, SandboxId::value))
                    .addDeserializer(SandboxId.class, new FromText<>(SandboxId::new))
                    .addSerializer(new AsText<>(ExecId.class, ExecId::value))
                    .addDeserializer(ExecId.class, new FromText<>(ExecId::new))
                    .addSerializer(new AsText<>(JsonText.class, JsonText::text))
                    .addDeserializer(JsonText.class, new FromText<>(JsonText::new))
                    .addSerializer(new MoneyAsNumber())
                    .addDeserializer(Money.class, new MoneyFromNumber()))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private StoredJson() {}

    public static String encode(Object value) {
        return MAPPER.writeValueAsString(value);
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
