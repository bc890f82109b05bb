package dev.belay.agent.permission;

import dev.belay.agent.tool.Tool;
import dev.belay.agent.tool.ToolContext;
import dev.belay.agent.tool.ToolEffect;
import dev.belay.agent.tool.ToolInput;
import dev.belay.agent.tool.Toolbox;
import dev.belay.api.InvalidRequestException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What becomes of a call before it is made. The first that speaks of it decides: what it may be at all ({@code allowed_tools}), the rules that
 * refuse, the mode {@code plan}, the rules that ask, the rules that allow, the mode. Immutable.
 */
public final class PermissionPolicy {
    private final PermissionMode mode;
    private final List<ToolRule> allow;
    private final List<ToolRule> ask;
    private final List<ToolRule> deny;
    private final List<ToolRule> only;

    /**
     * @param allowedTools the request's {@code allowed_tools}: of a tool that they name with patterns only, just the calls that one covers
     * @param disallowedTools the request's {@code disallowed_tools}: those with patterns refuse as {@code deny} does
     * @throws InvalidRequestException naming the list that holds what is no rule
     */
    public PermissionPolicy(
            PermissionMode mode,
            PermissionRules rules,
            Optional<List<String>> allowedTools,
            List<String> disallowedTools) {
        this.mode = mode;
        this.allow = PermissionRules.parsed("permissions.allow", rules.allow());
        this.ask = PermissionRules.parsed("permissions.ask", rules.ask());
        this.deny = Stream.concat(
                        PermissionRules.parsed("permissions.deny", rules.deny()).stream(),
                        PermissionRules.parsed("disallowed_tools", disallowedTools).stream()
                                .filter(ToolRule::hasPattern))
                .toList();
        this.only = PermissionRules.parsed("allowed_tools", allowedTools.orElse(List.of()));
    }

    private PermissionPolicy(PermissionMode mode, PermissionPolicy rules) {
        this.mode = mode;
        this.allow = rules.allow;
        this.ask = rules.ask;
        this.deny = rules.deny;
        this.only = rules.only;
    }

    /** The same rules in another mode. */
    public PermissionPolicy in(PermissionMode other) {
        return new PermissionPolicy(other, this);
    }

    /** The same rules in that mode, or in its own where that lets less through. */
    public PermissionPolicy atMost(PermissionMode other) {
        return in(mode.stricter(other));
    }

    /** What becomes of a call. */
    public sealed interface Decision {
        record Allow() implements Decision {}

        /** @param reason why somebody is asked */
        record Ask(String reason) implements Decision {}

        /** @param message what the model is told */
        record Deny(String message) implements Decision {}
    }

    /** @throws InvalidRequestException if a rule speaks of a tool that there is not: one that is misspelt would hold nothing up */
    public void requireKnown(Toolbox known) {
        requireKnown("permissions.allow", allow, known);
        requireKnown("permissions.ask", ask, known);
        requireKnown("permissions.deny", deny, known);
    }

    private static void requireKnown(String field, List<ToolRule> rules, Toolbox known) {
        for (ToolRule rule : rules) {
            // Which tools a server has may be known later only.
            if (!rule.tool().startsWith("mcp__") && known.names().stream().noneMatch(rule::names)) {
                throw new InvalidRequestException(
                        field,
                        field + ": there is no tool " + rule.tool() + "; the tools are "
                                + String.join(", ", known.names()));
            }
        }
    }

    /** What becomes of this call. Finding out where a path leads may start the session's sandbox. */
    public Decision decide(Tool tool, ToolInput input, ToolContext context) {
        List<RuledSubject> subjects = tool.subjects(input).stream()
                .map(subject -> new RuledSubject(subject, context))
                .toList();
        Optional<ToolRule> broken = subjects.stream().flatMap(this::broken).findFirst();
        if (broken.isPresent()) {
            return refused(
                    tool,
                    "it is more than allowed_tools lets it do: " + broken.get().text());
        }
        Optional<ToolRule> denying = first(deny, subjects);
        if (denying.isPresent()) {
            return refused(tool, "the rule " + denying.get().text() + " forbids it");
        }
        boolean changes = tool.effect() != ToolEffect.READS;
        if (changes && mode == PermissionMode.PLAN) {
            return refused(
                    tool,
                    "this turn only plans, and nothing is changed in it. Find out what you need and say the plan");
        }
        Optional<ToolRule> asking = first(ask, subjects);
        if (asking.isPresent()) {
            return new Decision.Ask("the rule " + asking.get().text() + " asks for it");
        }
        boolean allowed = !changes
                || mode == PermissionMode.BYPASS
                || (mode == PermissionMode.ACCEPT_EDITS && tool.effect() == ToolEffect.EDITS)
                || subjects.stream().allMatch(subject -> allow.stream().anyMatch(rule -> rule.covers(subject)));
        return allowed
                ? new Decision.Allow()
                : new Decision.Ask("permission_mode " + mode.word() + " asks for it, and no rule allows it");
    }

    /** A rule of {@code allowed_tools} that this is held to and does not keep; a tool that is named without a pattern is held to none. */
    private Stream<ToolRule> broken(RuledSubject subject) {
        return subject.names().stream()
                .map(name -> only.stream().filter(rule -> rule.names(name)).toList())
                .filter(rules -> rules.stream().allMatch(ToolRule::hasPattern))
                .filter(rules -> rules.stream().noneMatch(rule -> rule.covers(subject)))
                .flatMap(rules -> rules.stream().limit(1));
    }

    private static Optional<ToolRule> first(List<ToolRule> rules, List<RuledSubject> subjects) {
        return rules.stream()
                .filter(rule -> subjects.stream().anyMatch(rule::touches))
                .findFirst();
    }

    private static Decision refused(Tool tool, String why) {
        return new Decision.Deny("The call of " + tool.name() + " was refused: " + why
                + ". Do not try to get the same done in another way; go on without it, or say what you need.");
    }
}
