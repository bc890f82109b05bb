package dev.belay.agent.turn;

import dev.belay.agent.budget.Budget;
import dev.belay.agent.compaction.CompactionPolicy;
import dev.belay.agent.context.Conversation;
import dev.belay.agent.model.Models.Model;
import dev.belay.agent.output.OutputSchema;
import dev.belay.agent.permission.TurnPermissions;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.Toolbox;
import dev.belay.api.Scope;
import dev.belay.api.TurnId;
import dev.belay.api.event.StreamId;
import java.util.Optional;

/**
 * What a turn works with.
 *
 * @param fallback the model to go on with when the first cannot be had
 * @param lineage the sub-agent whose turn it is, within another one
 * @param conversation what was said so far, the prompt of this turn with it; the turn carries it on
 * @param progress what of the turn was done before this process
 * @param system the system prompt
 * @param toolbox the tools that the model may ask for, and no others
 * @param permissions which of their calls are made
 * @param maxModelCalls how often the model may be asked
 * @param budget what the model calls may cost together
 * @param output what the answer has to fit
 * @param compaction what becomes of a conversation that is too long for the model
 * @param deltas whether pieces of blocks are published while they are written
 * @param subagents those that the model may start; empty if it has no {@link dev.belay.agent.subagent.Task}
 */
public record TurnSetup(
        Scope scope,
        StreamId stream,
        TurnId turn,
        Optional<Lineage> lineage,
        Model model,
        Optional<Model> fallback,
        Conversation conversation,
        TurnProgress progress,
        String system,
        Toolbox toolbox,
        ToolContext context,
        TurnPermissions permissions,
        int maxModelCalls,
        Budget budget,
        Optional<OutputSchema> output,
        CompactionPolicy compaction,
        boolean deltas,
        Optional<SubagentSetup> subagents) {}
