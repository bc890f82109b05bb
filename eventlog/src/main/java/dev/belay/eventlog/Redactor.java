package dev.belay.eventlog;

import dev.belay.api.Secret;
import dev.belay.api.SecretSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes secrets out of text, in one pass: every value of the secret sources, also in the encodings in which a program would print it, and
 * Belay's own keys by their shape. Each find becomes {@code [redacted NAME]}, which is safe inside a JSON string. Safe for many threads.
 */
public final class Redactor {
    /** Shorter values would match ordinary text; they are not looked for. */
    public static final int SHORTEST_SECRET = 8;

    private final List<SecretSource> sources;
    private volatile Compiled compiled = new Compiled(-1, SecretMatcher.of(Map.of()));

    private record Compiled(long version, SecretMatcher matcher) {}

    public Redactor(List<SecretSource> sources) {
        this.sources = List.copyOf(sources);
    }

    /** The text without its secrets; the very same object if there was none. */
    public String redact(String text) {
        List<Found> found = matcher().find(text);
        return found.isEmpty() ? text : replace(text, found, text.length());
    }

    /** For text that arrives in pieces: a secret across a border is found too. */
    public Chunks chunks() {
        return new Chunks(matcher());
    }

    /** One text in pieces. For one thread. */
    public static final class Chunks {
        private final SecretMatcher matcher;
        private String held = "";

        private Chunks(SecretMatcher matcher) {
            this.matcher = matcher;
        }

        /** What can safely be shown so far; the tail that might begin a secret is held back. */
        public String add(String piece) {
            String text = held.concat(piece);
            List<Found> found = matcher.find(text);
            int safe = matcher.safeEnd(text);
            for (Found f : found) {
                if (f.end() > safe) {
                    safe = Math.min(safe, f.start());
                }
            }
            int end = safe;
            String shown = replace(
                    text.substring(0, end),
                    found.stream().filter(f -> f.end() <= end).toList(),
                    end);
            held = text.substring(end);
            return shown;
        }

        /** The rest. */
        public String end() {
            List<Found> found = matcher.find(held);
            String shown = replace(held, found, held.length());
            held = "";
            return shown;
        }
    }

    /** Where a secret stands, {@code end} exclusive. */
    record Found(int start, int end, String name) {}

    private static String replace(String text, List<Found> found, int end) {
        if (found.isEmpty()) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length());
        int from = 0;
        for (Found f : found) {
            clean.append(text, from, f.start())
                    .append("[redacted ")
                    .append(f.name())
                    .append(']');
            from = f.end();
        }
        return clean.append(text, from, end).toString();
    }

    private SecretMatcher matcher() {
        long version = 0;
        for (SecretSource source : sources) {
            version += source.version();
        }
        Compiled current = compiled;
        if (current.version() != version) {
            current = new Compiled(version, compile());
            compiled = current;
        }
        return current.matcher();
    }

    private SecretMatcher compile() {
        Map<String, String> patterns = new HashMap<>();
        List<Secret> all = new ArrayList<>();
        sources.forEach(source -> all.addAll(source.secrets()));
        for (Secret secret : all) {
            if (secret.value().length() >= SHORTEST_SECRET) {
                String name = secret.name().replaceAll("[^A-Za-z0-9_.-]", "_");
                SecretForms.of(secret.value()).forEach(form -> patterns.putIfAbsent(form, name));
            }
        }
        return SecretMatcher.of(patterns);
    }
}
