package dev.belay.agent.subagent;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.JsonText;
import java.util.stream.Collectors;

/** Hands a task to a sub-agent and returns its answer. The turn runs it; this says what the model is told of it. */
public final class Task implements Tool {
    /** What the model calls it by. */
    public static final String NAME = "Task";

    /** The sub-agent of a call that names none. */
    public static final String DEFAULT_AGENT = "general-purpose";

    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "description":{"type":"string","minLength":1,"maxLength":200,"description":"The task in three to five words"},
              "prompt":{"type":"string","minLength":1,"maxLength":100000,"description":"The whole task, with all that is needed to do it and what is to be answered"},
              "subagent_type":{"type":"string","minLength":1,"maxLength":64,"description":"The name of the agent that does it; %s if absent"}},
             "required":["description","prompt"],"additionalProperties":false}""".formatted(DEFAULT_AGENT));

    private final String description;

    /** @param agents those that a call can name */
    public Task(Subagents agents) {
        description = """
                Hands a task to an agent of its own and returns its answer. That agent works on the same files with tools of its own; it knows \
                nothing of this conversation and sees nothing but the prompt, and nothing of its work but the answer comes back. Use it for what can \
                be said completely in one message and would fill this conversation with what matters only on the way: a search through many \
                files, an investigation, a change that stands alone. Several calls side by side are worked on at the same time; do not let two \
                of them change the same files. What it answers is a report and no proof: check what matters.

                The agents:
                """
                + agents.all().stream()
                        .map(agent ->
                                "- " + agent.name() + ": " + agent.description().strip())
                        .collect(Collectors.joining("\n"));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    /** What a sub-agent did that was cut off is not known. */
    @Override
    public boolean readsOnly() {
        return false;
    }

    @Override
    public boolean parallel() {
        return true;
    }

    /** Starting it changes nothing; whatever it does then needs leave of its own. */
    @Override
    public ToolEffect effect() {
        return ToolEffect.READS;
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) {
        throw new IllegalStateException("a sub-agent is run by the turn");
    }
}
