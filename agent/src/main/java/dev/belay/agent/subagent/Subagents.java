package dev.belay.agent.subagent;

import dev.belay.agent.tool.Toolbox;
import dev.belay.api.InvalidRequestException;
import dev.belay.store.StoredJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The sub-agents that an agent can start: those of its request, and those that ship with Belay where the request has none of that name.
 * Immutable.
 */
public final class Subagents {
    private static final int MOST = 32;
    private static final int MOST_CHARACTERS = 256 << 10;
    private static final List<SubagentDefinition> SHIPPED = List.of(general());

    private final List<SubagentDefinition> all;

    /** @throws InvalidRequestException if there are too many, they say too much, or two have the same name */
    public Subagents(List<SubagentDefinition> ofRequest) {
        if (ofRequest.size() > MOST) {
            throw new InvalidRequestException(
                    "agents", "agents: there are " + ofRequest.size() + ", and at most " + MOST + " are allowed");
        }
        if (ofRequest.stream()
                        .mapToInt(agent ->
                                agent.prompt().length() + agent.description().length())
                        .sum()
                > MOST_CHARACTERS) {
            throw new InvalidRequestException(
                    "agents", "agents: their prompts have more than " + MOST_CHARACTERS + " characters together");
        }
        List<String> names = ofRequest.stream().map(SubagentDefinition::name).toList();
        if (names.stream().distinct().count() < names.size()) {
            throw new InvalidRequestException("agents", "agents: two have the same name");
        }
        all = Stream.concat(SHIPPED.stream().filter(shipped -> !names.contains(shipped.name())), ofRequest.stream())
                .toList();
    }

    private static SubagentDefinition general() {
        try (InputStream in = Subagents.class.getResourceAsStream("general-purpose.json")) {
            if (in == null) {
                throw new IllegalStateException("general-purpose.json is missing from the class path");
            }
            return StoredJson.decode(new String(in.readAllBytes(), StandardCharsets.UTF_8), SubagentDefinition.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All, in the order in which a model is told of them. */
    public List<SubagentDefinition> all() {
        return all;
    }

    /** The one of that name. */
    public Optional<SubagentDefinition> find(String name) {
        return all.stream().filter(agent -> agent.name().equals(name)).findFirst();
    }

    /** Their names, for somebody who named none of them. */
    public String names() {
        return all.stream().map(SubagentDefinition::name).collect(Collectors.joining(", "));
    }

    /**
     * Refuses a definition with a tool that there is not.
     *
     * @param known all tools that there are
     * @param later whether a tool of that name may be found when the turn begins
     * @throws InvalidRequestException naming the definition's field
     */
    public void requireKnown(Toolbox known, Predicate<String> later) {
        for (SubagentDefinition agent : all) {
            agent.tools().orElse(List.of()).forEach(tool -> requireKnown(agent.field("tools"), tool, known, later));
            agent.disallowedTools().forEach(tool -> requireKnown(agent.field("disallowed_tools"), tool, known, later));
        }
    }

    private static void requireKnown(String field, String tool, Toolbox known, Predicate<String> later) {
        if (tool.equals(Task.NAME)) {
            throw new InvalidRequestException(field, field + ": a sub-agent starts no sub-agents; leave Task out");
        }
        if (!later.test(tool) && known.names().stream().noneMatch(name -> Toolbox.names(tool, name))) {
            throw new InvalidRequestException(
                    field,
                    field + ": there is no tool " + tool + "; the tools are " + String.join(", ", known.names()));
        }
    }

    /** What of the tools of the agent that starts it a sub-agent gets. */
    public static Toolbox toolsOf(SubagentDefinition agent, Toolbox starters) {
        return starters.only(tool -> !tool.equals(Task.NAME)
                && (agent.tools().isEmpty() || agent.tools().get().stream().anyMatch(name -> Toolbox.names(name, tool)))
                && agent.disallowedTools().stream().noneMatch(name -> Toolbox.names(name, tool)));
    }
}
