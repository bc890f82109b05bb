package dev.belay.agent.turn;

import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.model.Models.Model;
import dev.belay.agent.subagent.Subagents;
import dev.belay.api.event.SessionEvent;
import java.util.Map;
import java.util.function.Function;

/**
 * The sub-agents that a turn may start.
 *
 * @param models what is asked for those that name a model, by the agent's name
 * @param instructions what an agent is told first
 * @param allowUnpriced whether a model of which no price is known may be asked in spite of an agent's own budget
 * @param atOnce how many may work at once; more wait
 * @param maxModelCalls how often the model of one may be asked that does not say less
 */
public record SubagentSetup(
        Subagents agents,
        Map<String, Model> models,
        Function<AgentDefinition, SessionEvent.Instructed> instructions,
        boolean allowUnpriced,
        int atOnce,
        int maxModelCalls) {
    public SubagentSetup {
        models = Map.copyOf(models);
    }
}
