package dev.belay.agent.session;

import dev.belay.agent.permission.PermissionOptions;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.api.JsonText;
import dev.belay.api.Money;
import dev.belay.sandbox.registry.SandboxSize;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Options of a run, said shortly. */
final class Options {
    static final RunOptions DEFAULT_ECHO = model("scripted");

    private Options() {}

    static RunOptions model(String model) {
        return of(model, OptionalInt.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "/workspace");
    }

    static RunOptions echoIn(String directory) {
        return of("scripted", OptionalInt.empty(), Optional.empty(), Optional.empty(), Optional.empty(), directory);
    }

    static RunOptions toolsIn(String name, String directory, String... allowed) {
        return of(
                "scripted:" + name,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(List.of(allowed)),
                directory);
    }

    static RunOptions script(String name) {
        return of(
                "scripted:" + name,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "/workspace");
    }

    /** A turn that is open when its process dies goes on in the next. */
    static RunOptions resumed(String name) {
        RunOptions plain = script(name);
        return new RunOptions(
                plain.model(),
                plain.fallbackModel(),
                plain.maxTurns(),
                plain.maxBudget(),
                plain.allowUnpriced(),
                plain.timeout(),
                plain.allowedTools(),
                plain.disallowedTools(),
                plain.permissions(),
                plain.workingDirectory(),
                plain.sandboxTools(),
                plain.sandboxSize(),
                plain.systemPrompt(),
                plain.replaceSystemPrompt(),
                plain.outputSchema(),
                plain.streamDeltas(),
                true,
                plain.mcpServers(),
                plain.agents(),
                plain.metadata());
    }

    /** One whose agent needs leave. */
    static RunOptions asking(RunOptions plain, PermissionOptions permissions) {
        return new RunOptions(
                plain.model(),
                plain.fallbackModel(),
                plain.maxTurns(),
                plain.maxBudget(),
                plain.allowUnpriced(),
                plain.timeout(),
                plain.allowedTools(),
                plain.disallowedTools(),
                permissions,
                plain.workingDirectory(),
                plain.sandboxTools(),
                plain.sandboxSize(),
                plain.systemPrompt(),
                plain.replaceSystemPrompt(),
                plain.outputSchema(),
                plain.streamDeltas(),
                plain.resume(),
                plain.mcpServers(),
                plain.agents(),
                plain.metadata());
    }

    static RunOptions turns(String name, int most) {
        return of(
                "scripted:" + name,
                OptionalInt.of(most),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "/workspace");
    }

    static RunOptions budget(String name, String dollars) {
        return of(
                "scripted:" + name,
                OptionalInt.empty(),
                Optional.of(Money.ofDollars(new BigDecimal(dollars))),
                Optional.empty(),
                Optional.empty(),
                "/workspace");
    }

    static RunOptions timeout(String name, Duration timeout) {
        return of(
                "scripted:" + name,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.of(timeout),
                Optional.empty(),
                "/workspace");
    }

    static RunOptions tools(String name, String... allowed) {
        return of(
                "scripted:" + name,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(List.of(allowed)),
                "/workspace");
    }

    static RunOptions in(String name, String directory) {
        return of(
                "scripted:" + name,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                directory);
    }

    private static RunOptions of(
            String model,
            OptionalInt turns,
            Optional<Money> budget,
            Optional<Duration> timeout,
            Optional<List<String>> allowed,
            String directory) {
        return new RunOptions(
                Optional.of(model),
                Optional.empty(),
                turns,
                budget,
                false,
                timeout,
                allowed,
                List.of(),
                PermissionOptions.DEFAULT,
                directory,
                true,
                SandboxSize.STANDARD,
                Optional.empty(),
                false,
                Optional.empty(),
                true,
                false,
                List.of(),
                List.of(),
                JsonText.EMPTY_OBJECT);
    }
}
