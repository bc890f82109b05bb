package dev.belay.server;

import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A stream that was read to its end. Each line was held against the description. */
public final class Lines {
    private final List<String> texts;
    private final List<JsonNode> lines;

    Lines(List<String> texts) {
        this.texts = List.copyOf(texts);
        this.lines = texts.stream()
                .map(text -> (JsonNode) JsonMapper.shared().readTree(text))
                .toList();
        lines.forEach(Description::checkLine);
    }

    /** The lines as they were sent. */
    public List<String> texts() {
        return texts;
    }

    public List<JsonNode> all() {
        return lines;
    }

    /** Without the signs of life, which come when time passes and not when something happens. */
    public List<String> types() {
        return lines.stream()
                .filter(line -> !isSignOfLife(line))
                .map(line -> line.get("type").asString())
                .toList();
    }

    public List<JsonNode> of(String type) {
        return lines.stream()
                .filter(line -> line.get("type").asString().equals(type))
                .toList();
    }

    /** Only what is durable, as it was sent. */
    public List<String> durable() {
        return texts.stream().filter(text -> text.contains("\"seq\":")).toList();
    }

    public Stream<JsonNode> signsOfLife() {
        return lines.stream().filter(Lines::isSignOfLife);
    }

    private static boolean isSignOfLife(JsonNode line) {
        return line.get("type").asString().equals("status") && !line.has("seq");
    }

    public String session() {
        return lines.getFirst().get("session_id").asString();
    }

    /** The last line, which must be the one result. */
    public JsonNode result() {
        if (of("result").size() != 1 || !lines.getLast().get("type").asString().equals("result")) {
            throw new AssertionError("not exactly one result at the end: " + texts);
        }
        return lines.getLast();
    }
}
