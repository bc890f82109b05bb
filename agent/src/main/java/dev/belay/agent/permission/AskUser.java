package dev.belay.agent.permission;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.ToolOutcome;
import dev.belay.api.JsonText;

/** Asks the user a question and waits for the answer. Only for turns that somebody watches; {@link PermissionGate} asks. */
public final class AskUser implements Tool {
    public static final String NAME = "AskUser";
    private static final JsonText SCHEMA = new JsonText("""
            {"type":"object","properties":{
              "question":{"type":"string","minLength":1,"maxLength":4000,"description":"One question, with all that is needed to answer it"},
              "options":{"type":"array","maxItems":20,"items":{"type":"string","minLength":1,"maxLength":500},"description":"Answers to choose from, the best first; another may come back"}},
             "required":["question"],"additionalProperties":false}""");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return """
                Asks the user a question and returns the answer as text. For decisions that are the user's and that nothing in the task or the \
                files settles; waiting takes minutes, so ask once, for what matters. If nobody answers, decide yourself and say so.""";
    }

    @Override
    public JsonText inputSchema() {
        return SCHEMA;
    }

    @Override
    public boolean readsOnly() {
        return false; // one question at a time
    }

    @Override
    public ToolEffect effect() {
        return ToolEffect.READS;
    }

    @Override
    public ToolOutcome call(ToolInput input, ToolContext context) {
        throw new IllegalStateException("a question is asked by the gate");
    }
}
