package dev.belay.agent.context;

import dev.belay.agent.compaction.CompactionPolicy;
import dev.belay.store.StoredJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An agent as data.
 *
 * @param systemPrompt what the model is told first; {@code {directory}} stands for the working directory
 * @param tools names of the tools that it has
 * @param maxModelCalls per turn, unless the request says less
 * @param compaction what becomes of a conversation that grows too long
 */
public record AgentDefinition(
        String name, String systemPrompt, List<String> tools, int maxModelCalls, CompactionPolicy compaction) {
    public AgentDefinition {
        tools = List.copyOf(tools);
        if (maxModelCalls < 1) {
            throw new IllegalArgumentException("maxModelCalls is not positive");
        }
    }

    /** The general coding agent that ships with Belay. */
    public static AgentDefinition standard() {
        try (InputStream in = AgentDefinition.class.getResourceAsStream("standard.json")) {
            if (in == null) {
                throw new IllegalStateException("standard.json is missing from the class path");
            }
            return StoredJson.decode(new String(in.readAllBytes(), StandardCharsets.UTF_8), AgentDefinition.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
