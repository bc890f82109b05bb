package dev.belay.server.codegraff;

import dev.belay.api.InvalidRequestException;
import dev.belay.sandbox.ExecSpec;
import dev.belay.server.http.Fields;
import dev.belay.server.http.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The body of {@code POST /v1/sandboxes/{id}/exec}.
 *
 * @param background whether it is answered before the command has ended
 */
record ExecBody(String command, Map<String, String> env, String directory, Duration timeout, boolean background) {
    /** The fields that say what to run. */
    static final List<String> COMMAND = List.of("command", "cwd", "env", "timeoutSeconds");

    private static final List<String> KNOWN =
            Stream.concat(COMMAND.stream(), Stream.of("async")).toList();
    private static final Duration STANDARD = Duration.ofMinutes(5);
    private static final BigDecimal MOST_SECONDS = BigDecimal.valueOf(31_536_000);

    static ExecBody read(byte[] body) {
        return of(new Fields(Json.readObject(body)).only(KNOWN));
    }

    static ExecBody of(Fields fields) {
        String command = fields.requiredString("command");
        if (command.isBlank()) {
            throw new InvalidRequestException("command", "the command is empty");
        }
        return new ExecBody(
                command,
                env(fields),
                fields.string("cwd").orElse("/workspace"),
                fields.decimal("timeoutSeconds").map(ExecBody::seconds).orElse(STANDARD),
                fields.bool("async", false));
    }

    private static Map<String, String> env(Fields fields) {
        Map<String, String> env = new LinkedHashMap<>();
        fields.object("env")
                .ifPresent(object -> object.properties().forEach(variable -> {
                    if (!variable.getValue().isString()) {
                        throw new InvalidRequestException("env", "the values of \"env\" must be strings");
                    }
                    env.put(variable.getKey(), variable.getValue().stringValue());
                }));
        return env;
    }

    private static Duration seconds(BigDecimal seconds) {
        if (seconds.signum() <= 0 || seconds.compareTo(MOST_SECONDS) > 0) {
            throw new InvalidRequestException(
                    "timeoutSeconds", "timeoutSeconds must be above 0 and at most " + MOST_SECONDS);
        }
        return Duration.ofMillis(
                Math.max(1, seconds.multiply(BigDecimal.valueOf(1000)).longValue()));
    }

    /** Its two streams apart. */
    ExecSpec plain() {
        return of("");
    }

    /** Both streams in the order in which they were written, as the contract's one {@code result} has them. */
    ExecSpec spec() {
        return of("exec 2>&1\n");
    }

    /** Into a file of the sandbox, for who asks later (contract: CodeGraff 4.2). */
    ExecSpec spec(String outputFile) {
        return of("mkdir -p /tmp/cg-exec && exec > " + outputFile + " 2>&1\n");
    }

    private ExecSpec of(String setup) {
        return ExecSpec.shell(setup, command).withEnv(env).in(directory).withTimeout(timeout);
    }
}
