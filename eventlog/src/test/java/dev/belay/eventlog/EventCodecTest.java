package dev.belay.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.api.StorageException;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.Foreign;
import dev.belay.api.event.Subagent;
import dev.belay.api.event.SubagentEvent;
import dev.belay.api.event.ToolEvent;
import dev.belay.api.event.TurnEvent;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventCodecTest {
    private static final String ID = LogFixture.id(1);

    /** Every record that an event body can be, found by reflection so that a new one is tested without anybody thinking of it. */
    static List<Class<?>> bodies() {
        List<Class<?>> records = new ArrayList<>();
        collect(EventBody.class, records);
        return records;
    }

    private static void collect(Class<?> type, List<Class<?>> records) {
        if (type.isSealed()) {
            Arrays.stream(type.getPermittedSubclasses()).forEach(one -> collect(one, records));
        } else {
            records.add(type);
        }
    }

    static Stream<EventBody> samples() {
        return bodies().stream().flatMap(body -> Stream.of(true, false).map(full -> (EventBody) sample(body, full)));
    }

    /** A value of any type that occurs in an event; with {@code full} what may be absent is there. */
    private static Object sample(Type type, boolean full) {
        if (type instanceof ParameterizedType generic) {
            Type argument = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                return full ? Optional.of(sample(argument, true)) : Optional.empty();
            }
            if (generic.getRawType() == List.class) {
                return full ? List.of(sample(argument, true), sample(argument, false)) : List.of();
            }
            if (generic.getRawType() == Set.class && argument instanceof Class<?> word && word.isEnum()) {
                return full ? Set.of(word.getEnumConstants()) : Set.of(word.getEnumConstants()[0]);
            }
            throw new AssertionError("teach this test a sample of " + type);
        }
        return switch (((Class<?>) type).getSimpleName()) {
            case "String" -> full ? "\" \\ \n \u0000 \ud83d\ude00 {\"a\":1} é" : "";
            case "boolean" -> full;
            case "int" -> full ? Integer.MIN_VALUE : 0;
            case "long", "Long" -> full ? Long.MAX_VALUE : 0L;
            case "OptionalInt" -> full ? OptionalInt.of(-7) : OptionalInt.empty();
            case "OptionalLong" -> full ? OptionalLong.of(Long.MIN_VALUE) : OptionalLong.empty();
            case "JsonText" -> new JsonText(full ? "{ \"a\" : [1.50, \"é\"] }" : "{}");
            case "EventBody" -> sample(full ? ToolEvent.Result.class : ToolEvent.Call.class, full);
            case "Money" -> new Money(full ? Long.MAX_VALUE : 0);
            default -> ofRecord((Class<?>) type, full);
        };
    }

    private static Object ofRecord(Class<?> type, boolean full) {
        if (type.isEnum()) {
            return type.getEnumConstants()[full ? type.getEnumConstants().length - 1 : 0];
        }
        if (type.getSimpleName().endsWith("Id")) {
            return make(type, List.of(ID));
        }
        return make(
                type,
                Arrays.stream(type.getRecordComponents())
                        .map(component -> sample(component.getGenericType(), full))
                        .toList());
    }

    private static Object make(Class<?> type, List<?> values) {
        try {
            Class<?>[] types = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(type.toString(), e);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyBodyComesBackAsItWas(EventBody body) {
        String kind = EventCodec.kind(body);

        assertThat(EventCodec.decode(kind, EventCodec.encode(body))).isEqualTo(body);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void rewritingWithoutAChangeChangesNoMoreThanTheSpacesInsideOfJson(EventBody body) {
        EventBody once = rewritten(body);

        assertThat(once).hasSameClassAs(body);
        assertThat(rewritten(once)).isEqualTo(once);
        assertThat(EventCodec.encode(once).replace(" ", ""))
                .hasSameSizeAs(EventCodec.encode(body).replace(" ", ""));
    }

    private static EventBody rewritten(EventBody body) {
        return EventCodec.decode(EventCodec.kind(body), EventCodec.encode(body, s -> s));
    }

    @Test
    void everyKindIsDifferent() {
        Set<String> kinds = new HashSet<>();
        for (Class<?> body : bodies()) {
            assertThat(kinds.add(EventCodec.kind((EventBody) sample(body, true))))
                    .as(body.toString())
                    .isTrue();
        }
        assertThat(kinds).contains("tool.call", "access.key_created", "turn.finished", "model.requested");
    }

    @Test
    void aToolsResultFromBeforeThereWereAttachmentsHasNone() {
        assertThat(
                        EventCodec.decode(
                                "tool.result",
                                "{\"id\":\"c\",\"tool\":\"Read\",\"output\":\"x\",\"error\":false,\"durationMillis\":1,\"truncatedBytes\":0}"))
                .isEqualTo(new ToolEvent.Result("c", "Read", "x", false, 1, 0));
    }

    @Test
    void aKindThatThisVersionDoesNotKnowReadsBackAsForeign() {
        assertThat(EventCodec.decode("budget.reserved", "{\"micros\":5}"))
                .isEqualTo(new Foreign("budget.reserved", new JsonText("{\"micros\":5}")));
    }

    @Test
    void whatASubagentDidIsTheSameJsonWithTheSubagentBeforeIt() {
        SubagentEvent done = new SubagentEvent(
                new Subagent("call_1", "explore"), new ToolEvent.Call("call_2", "Read", new JsonText("{}")));

        assertThat(EventCodec.kind(done)).isEqualTo("subagent.tool.call");
        assertThat(EventCodec.encode(done))
                .isEqualTo("{\"subagent\":{\"call\":\"call_1\",\"agent\":\"explore\"},"
                        + EventCodec.encode(done.body()).substring(1));
        SubagentEvent bare = new SubagentEvent(done.subagent(), new TurnEvent.Resumed());
        assertThat(EventCodec.decode(EventCodec.kind(bare), EventCodec.encode(bare)))
                .isEqualTo(bare);
        assertThatThrownBy(() -> EventCodec.decode("subagent.tool.call", EventCodec.encode(done.body())))
                .isInstanceOf(RuntimeException.class);
        assertThat(EventCodec.decode("subagent.tool.unheard_of", "{}"))
                .isEqualTo(new Foreign("subagent.tool.unheard_of", new JsonText("{}")));
    }

    @Test
    void aTurnFromBeforeThereWereSubagentsHadNone() {
        TurnEvent.Finished finished = (TurnEvent.Finished) sample(TurnEvent.Finished.class, false);

        assertThat(EventCodec.decode(
                        "turn.finished", EventCodec.encode(finished).replace(",\"subagentCalls\":0", "")))
                .isEqualTo(finished);
    }

    @Test
    void whatAnOutsideAgentSentIsKeptToTheByte() {
        Foreign sent = new Foreign("codex.item", new JsonText("{ \"n\": 1.0e5,\t\"a\": [] }"));

        assertThat(EventCodec.kind(sent)).isEqualTo("foreign.codex.item");
        assertThat(EventCodec.encode(sent)).isEqualTo(sent.json().text());
        assertThat(EventCodec.decode("foreign.codex.item", sent.json().text())).isEqualTo(sent);
    }

    @Test
    void aDamagedBodyIsSaidSo() {
        assertThatThrownBy(() -> EventCodec.decode("tool.call", "{\"id\":")).isInstanceOf(StorageException.class);
    }
}
