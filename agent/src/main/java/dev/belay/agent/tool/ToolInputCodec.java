package dev.belay.agent.tool;

import dev.belay.api.JsonText;

public final class ToolInputCodec {
    public sealed interface Parsed {}

    public record Accepted(ToolInput input) implements Parsed {}

    public record Refused(String text) implements Parsed {}

    public static Parsed parse(Tool t, JsonText j) {
        return new Refused("");
    }
}
