package dev.belay.eventlog;

import dev.belay.api.JsonText;
import dev.belay.api.event.EventBody;
import dev.belay.api.event.Foreign;
import dev.belay.store.StoredJson;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Event bodies as text and back. A body's kind is its family and its record, for example {@code tool.call}; one that this version does not
 * know reads back as {@link Foreign}.
 */
final class EventCodec {
    static final int VERSION = 1;
    private static final String FOREIGN = "foreign.";
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

    static String kind(EventBody body) {
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
        return body instanceof Foreign(String _, JsonText json) ? json.text() : StoredJson.encode(body);
    }

    /** As {@link #encode(EventBody)}, with {@code rewrite} applied to every string, so that what comes out is JSON whatever it does. */
    static String encode(EventBody body, UnaryOperator<String> rewrite) {
        return body instanceof Foreign(String _, JsonText json)
                ? StoredJson.rewriteStrings(json, rewrite).text()
                : StoredJson.encode(body, rewrite);
    }

    static EventBody decode(String kind, String text) {
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
