package dev.belay.agent.context;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads a {@code SKILL.md}: YAML between two lines of {@code ---}, then Markdown. */
final class SkillCodec {
    private static final YAMLMapper MAPPER = YAMLMapper.builder().build();
    private static final String LINE = "---";

    private SkillCodec() {}

    /** @return empty if the front matter is not there, is broken, or has none */
    static Optional<String> description(String text) {
        Optional<Integer> end = end(text);
        if (end.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(MAPPER.readTree(text.substring(LINE.length(), end.get()))
                            .path("description"))
                    .filter(node -> node.isString() && !node.stringValue().isBlank())
                    .map(node -> node.stringValue());
        } catch (JacksonException | StackOverflowError e) {
            return Optional.empty();
        }
    }

    /** What follows the front matter; all of it where there is none. */
    static String body(String text) {
        return end(text)
                .map(end -> text.substring(Math.min(text.length(), end + 1 + LINE.length())))
                .orElse(text)
                .strip();
    }

    /** Where the line break before the line stands that ends the front matter. */
    private static Optional<Integer> end(String text) {
        if (!text.startsWith(LINE + "\n")) {
            return Optional.empty();
        }
        for (int at = text.indexOf("\n" + LINE); at >= 0; at = text.indexOf("\n" + LINE, at + 1)) {
            int after = at + 1 + LINE.length();
            if (after == text.length() || text.charAt(after) == '\n') {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }
}
