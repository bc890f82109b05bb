package dev.belay.agent.session;

import dev.belay.agent.context.AgentDefinition;
import dev.belay.agent.context.SystemPrompt;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.tool.Toolbox;
import dev.belay.agent.tool.builtin.Skill;
import dev.belay.api.Scope;
import dev.belay.api.TurnId;
import dev.belay.api.event.EventDraft;
import dev.belay.api.event.SessionEvent;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** What the models of one session are told first: its own, and those of its sub-agents. */
final class Instructions {
    private final Scope scope;
    private final RunOptions options;
    private final LiveSession live;
    private final Sessions.Parts parts;

    Instructions(Scope scope, RunOptions options, LiveSession live, Sessions.Parts parts) {
        this.scope = scope;
        this.options = options;
        this.live = live;
        this.parts = parts;
    }

    /** Decides it for the session, at its first turn; it is stored with what comes next. */
    SessionEvent.Instructed begin(TurnId turn, Toolbox tools) {
        SystemPrompt prompt = prompt(
                parts.agent(),
                options.systemPrompt().filter(text -> !text.isEmpty()),
                options.replaceSystemPrompt(),
                tools.find(Skill.NAME).isPresent());
        EventLog.Append append = parts.log()
                .prepare(scope, StreamId.of(live.id()), List.of(EventDraft.of(turn, prompt.make(live.files()))));
        parts.log().submit(append);
        return (SessionEvent.Instructed) append.bodies().getFirst();
    }

    /** Of a sub-agent; where the request's words stand alone, the workspace has no say here either. */
    SessionEvent.Instructed ofSubagent(AgentDefinition agent) {
        return prompt(agent, Optional.empty(), false, agent.tools().contains(Skill.NAME))
                .make(options.replaceSystemPrompt() ? Optional.empty() : live.files());
    }

    private SystemPrompt prompt(AgentDefinition agent, Optional<String> requested, boolean replace, boolean skills) {
        return new SystemPrompt(
                agent,
                live.context().directory(),
                LocalDate.ofInstant(parts.clock().instant(), ZoneOffset.UTC),
                requested,
                replace,
                skills);
    }
}
