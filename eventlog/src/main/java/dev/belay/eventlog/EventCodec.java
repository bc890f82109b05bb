package dev.belay.eventlog;

import dev.belay.api.JsonText;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.Foreign;
import dev.belay.api.event.Subagent;
import dev.belay.api.event.SubagentEvent;
import dev.belay.store.StoredJson;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Event bodies as text and back. A body's kind is its family and its record, for example {@code tool.call}; one that this version does not
 * know reads back as {@link Foreign}. What a sub-agent did is {@code subagent.tool.call}, with the sub-agent as the first field of the body.
 */
final class EventCodec {
    static final int VERSION = 1;
    private static final String FOREIGN = "foreign.";
    private static final String SUBAGENT = "subagent.";
    private static final Map<String, Class<? extends EventBody>> BY_KIND = new HashMap<>();
    private static final Map<Class<?>, String> KINDS = new HashMap<>();

    static {
        for (Class<?> family : EventBody.class.getPermittedSubclasses()) {
            if (!family.isSealed()) {
                continue;
            }
            String prefix = family.getSimpleName().replaceFirst("Event$", "").toLowerCase(Locale.ROOT);
            for (Class<?> body : family.getPermittedSubclasses()) {
                String kind = prefix + "." + snake(body.getSimpleName());
                BY_KIND.put(kind, body.asSubclass(EventBody.class));
                KINDS.put(body, kind);
            }
        }
    }

    private EventCodec() {}

    /** The part of a sub-agent's event that says whose it is. */
    private record Whose(Subagent subagent) {}

    static String kind(EventBody body) {
        if (body instanceof SubagentEvent(Subagent _, EventBody done)) {
            return SUBAGENT + kind(done);
        }
        if (body instanceof Foreign(String type, JsonText _)) {
            return FOREIGN + type;
        }
        String kind = KINDS.get(body.getClass());
        if (kind == null) {
            throw new IllegalStateException("an event body without a kind: " + body.getClass());
        }
        return kind;
    }

    static String encode(EventBody body) {
        return encode(body, StoredJson::encode, Foreign::json);
    }

    /** As {@link #encode(EventBody)}, with {@code rewrite} applied to every string, so that what comes out is JSON whatever it does. */
    static String encode(EventBody body, UnaryOperator<String> rewrite) {
        return encode(
                body,
                record -> StoredJson.encode(record, rewrite),
                foreign -> StoredJson.rewriteStrings(foreign.json(), rewrite));
    }

    private static String encode(
            EventBody body, Function<Object, String> records, Function<Foreign, JsonText> foreign) {
        return switch (body) {
            case Foreign outside -> foreign.apply(outside).text();
            case SubagentEvent(Subagent subagent, EventBody done) ->
                joined(records.apply(new Whose(subagent)), encode(done, records, foreign));
            default -> records.apply(body);
        };
    }

    /** Two JSON objects, of which the first has a field, as one. */
    private static String joined(String first, String second) {
        String more = second.substring(1);
        return first.substring(0, first.length() - 1) + (more.equals("}") ? "" : ",") + more;
    }

    static EventBody decode(String kind, String text) {
        if (kind.startsWith(SUBAGENT) && BY_KIND.containsKey(kind.substring(SUBAGENT.length()))) {
            return new SubagentEvent(
                    StoredJson.decode(text, Whose.class).subagent(), decode(kind.substring(SUBAGENT.length()), text));
        }
        Class<? extends EventBody> type = BY_KIND.get(kind);
        if (type != null) {
            return StoredJson.decode(text, type);
        }
        return new Foreign(kind.startsWith(FOREIGN) ? kind.substring(FOREIGN.length()) : kind, new JsonText(text));
    }

    private static String snake(String name) {
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }
}
