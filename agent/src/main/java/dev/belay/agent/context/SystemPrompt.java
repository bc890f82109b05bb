package dev.belay.agent.context;

import dev.belay.api.event.SessionEvent;
import dev.belay.sandbox.SandboxFiles;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a model is told before all else: the agent's own words, what the request adds, the facts of where it works, and what the workspace says
 * of itself, marked as such. Made once for a session, so that no later request begins with other bytes. Of the workspace nothing is read but
 * the rules and the skills: hooks, {@code .mcp.json} and settings that lie there are only files.
 *
 * @param directory the working directory inside of the sandbox
 * @param day on which the session began, in UTC
 * @param requested what the request says; empty for nothing
 * @param replace whether that stands alone, without anything that is Belay's or the workspace's
 * @param skills whether the agent can load any
 */
public record SystemPrompt(
        AgentDefinition agent,
        String directory,
        LocalDate day,
        Optional<String> requested,
        boolean replace,
        boolean skills) {
    /**
     * Makes it.
     *
     * @param files opens the files of the workspace; empty where there can be none, so that no sandbox is started to find that out
     */
    public SessionEvent.Instructed make(Optional<Supplier<SandboxFiles>> files) {
        if (replace && requested.isPresent()) {
            return new SessionEvent.Instructed(requested.get(), List.of(), List.of());
        }
        List<String> sections = new ArrayList<>();
        sections.add(agent.systemPrompt().replace("{directory}", directory));
        requested.ifPresent(sections::add);
        sections.add("# Environment\n\n- Platform: Linux\n- Working directory: " + directory
                + "\n- Day on which this session began: " + day);
        Optional<SandboxFiles> opened = files.map(Supplier::get);
        Optional<ProjectRules> rules = opened.flatMap(found -> ProjectRules.find(found, directory));
        rules.map(ProjectRules::section).ifPresent(sections::add);
        List<String> listed = opened.filter(_ -> skills)
                .map(found -> Skills.find(found, directory))
                .filter(found -> !found.names().isEmpty())
                .map(found -> {
                    sections.add(found.section());
                    return found.names();
                })
                .orElse(List.of());
        return new SessionEvent.Instructed(
                String.join("\n\n", sections),
                rules.map(ProjectRules::file).stream().toList(),
                listed);
    }
}
