package dev.belay.server.config;

import dev.belay.api.AddressRange;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every key that there is, with what it takes and its default. {@code docs/configuration.md} says what each is for. */
final class Settings {
    private static final long MIB = 1L << 20;

    static final Setting<String> HOST = new Setting<>("server.host", Kind.text("a host name or address"), "127.0.0.1");
    static final Setting<Long> PORT = new Setting<>("server.port", Kind.whole(0, 65535), "8000");
    static final Setting<Optional<Path>> TLS_CERTIFICATE =
            new Setting<>("server.tls_certificate", Kind.pathOrNone("the absolute path of a PEM file"), "");
    static final Setting<Optional<Path>> TLS_KEY =
            new Setting<>("server.tls_key", Kind.pathOrNone("the absolute path of a PEM file"), "");
    static final Setting<List<AddressRange>> TRUSTED_PROXIES = new Setting<>(
            "server.trusted_proxies",
            Kind.listOf("addresses or ranges such as 10.0.0.0/8, with commas between them", AddressRange::of),
            "");

    static final Setting<String> DATA = new Setting<>("data.directory", Kind.text("a path"), "");

    static final Setting<Optional<String>> STORE_URL =
            new Setting<>("store.url", Kind.textOrNone("the address of a PostgreSQL database"), "");
    static final Setting<Optional<String>> STORE_USER =
            new Setting<>("store.user", Kind.textOrNone("a user's name"), "");
    static final Setting<Optional<String>> STORE_PASSWORD =
            new Setting<>("store.password", Kind.textOrNone("a password"), "");

    static final Setting<Long> BODY_BYTES =
            new Setting<>("limits.body_bytes", Kind.whole(1024, 1 << 30), "" + 16 * MIB);
    static final Setting<Long> PROMPT_BYTES = new Setting<>("limits.prompt_bytes", Kind.whole(1, 2 * MIB), "" + MIB);
    static final Setting<Long> CONCURRENT_TURNS =
            new Setting<>("limits.concurrent_turns", Kind.whole(1, 100_000), "64");
    static final Setting<Long> WAITING_TURNS = new Setting<>("limits.waiting_turns", Kind.whole(0, 100_000), "1000");
    static final Setting<Long> CONCURRENT_STREAMS =
            new Setting<>("limits.concurrent_streams", Kind.whole(1, 1_000_000), "10000");
    static final Setting<Double> STARTS_PER_SECOND =
            new Setting<>("limits.starts_per_s", Kind.decimal(0, 1_000_000), "1000");
    static final Setting<Long> STARTS_BURST = new Setting<>("limits.starts_burst", Kind.whole(1, 10_000_000), "10000");
    static final Setting<Long> CONNECTION_IDLE = new Setting<>("limits.connection_idle_s", Kind.whole(1, 3600), "30");
    static final Setting<Long> REATTACH = new Setting<>("limits.reattach_s", Kind.whole(0, 86_400), "60");

    static final Setting<Optional<String>> MODEL =
            new Setting<>("agent.model", Kind.textOrNone("a model, as PROVIDER:MODEL"), "");
    static final Setting<Long> MAX_TURNS = new Setting<>("agent.max_turns", Kind.whole(1, 10_000), "200");
    static final Setting<Long> TIMEOUT = new Setting<>("agent.timeout_s", Kind.whole(1, 604_800), "21600");
    static final Setting<String> ON_RESTART =
            new Setting<>("agent.on_restart", Kind.oneOf(List.of("interrupt", "resume")), "interrupt");

    static final Setting<Long> SESSION_IDLE = new Setting<>("sessions.idle_s", Kind.whole(1, 31_536_000), "1800");
    static final Setting<Long> SESSION_LIFETIME =
            new Setting<>("sessions.lifetime_s", Kind.whole(1, 3_153_600_000L), "2592000");
    static final Setting<Long> SESSION_QUEUE = new Setting<>("sessions.queue", Kind.whole(0, 1000), "8");
    static final Setting<Long> SESSION_SANDBOXES =
            new Setting<>("sessions.live_sandboxes", Kind.whole(1, 100_000), "256");

    static final Setting<Long> APPROVAL = new Setting<>("agent.approval_s", Kind.whole(1, 604_800), "300");
    static final Setting<Long> SUBAGENTS = new Setting<>("agent.subagents", Kind.whole(1, 1_000), "10");

    static final Setting<Double> WORKSPACE_DAY =
            new Setting<>("budget.workspace_day_usd", Kind.decimal(0, 1_000_000_000), "0");
    static final Setting<Boolean> ALLOW_UNPRICED = new Setting<>("budget.allow_unpriced", Kind.truth(), "false");
    static final Setting<Long> RETENTION_AGE = new Setting<>("retention.age_s", Kind.whole(0, 31_536_000_000L), "0");
    static final Setting<Long> RETENTION_BYTES =
            new Setting<>("retention.workspace_bytes", Kind.whole(0, 1L << 50), "0");

    static final Setting<Double> COMPACTION_THRESHOLD =
            new Setting<>("compaction.threshold", Kind.decimal(0.1, 0.95), "0.75");
    static final Setting<Double> COMPACTION_SHRINK = new Setting<>("compaction.shrink", Kind.decimal(0.05, 0.9), "0.3");
    static final Setting<Long> COMPACTION_KEEP = new Setting<>("compaction.keep_turns", Kind.whole(0, 100), "2");
    static final Setting<String> COMPACTION_STRATEGY =
            new Setting<>("compaction.strategy", Kind.oneOf(List.of("deterministic", "model")), "deterministic");

    static final Setting<Long> MODEL_IDLE = new Setting<>("models.idle_s", Kind.whole(1, 86_400), "300");
    static final Setting<Long> MODEL_ANSWER = new Setting<>("models.answer_s", Kind.whole(1, 86_400), "3600");

    static final Setting<Optional<String>> FALLBACK =
            new Setting<>("models.fallback", Kind.textOrNone("a model, as PROVIDER:MODEL"), "");

    static final Setting<Long> MEMORY =
            new Setting<>("sandbox.memory_bytes", Kind.whole(16 * MIB, 1L << 42), "" + 1024 * MIB);
    static final Setting<Long> PROCESSES = new Setting<>("sandbox.processes", Kind.whole(8, 1_000_000), "256");
    static final Setting<Double> CPUS = new Setting<>("sandbox.cpus", Kind.decimal(0.05, 1024), "2");
    static final Setting<Long> OPEN_FILES = new Setting<>("sandbox.open_files", Kind.whole(16, 1_048_576), "4096");
    static final Setting<Long> FILE_BYTES =
            new Setting<>("sandbox.file_bytes", Kind.whole(1, 1L << 42), "" + 1024 * MIB);
    static final Setting<Long> DISK_BYTES =
            new Setting<>("sandbox.disk_bytes", Kind.whole(MIB, 1L << 42), "" + 8192 * MIB);
    static final Setting<Long> MOST_MEMORY =
            new Setting<>("sandbox.max_memory_bytes", Kind.whole(16 * MIB, 1L << 42), "" + 4096 * MIB);
    static final Setting<Long> MOST_PROCESSES =
            new Setting<>("sandbox.max_processes", Kind.whole(8, 1_000_000), "4096");
    static final Setting<Double> MOST_CPUS = new Setting<>("sandbox.max_cpus", Kind.decimal(0.05, 1024), "8");
    static final Setting<Long> MOST_DISK_BYTES =
            new Setting<>("sandbox.max_disk_bytes", Kind.whole(MIB, 1L << 42), "" + 65536 * MIB);
    static final Setting<Long> MOST_EXEC = new Setting<>("sandbox.max_exec_s", Kind.whole(1, 604_800), "86400");
    static final Setting<Long> PER_WORKSPACE = new Setting<>("sandbox.per_workspace", Kind.whole(0, 100_000), "1000");
    static final Setting<Long> UPLOAD_BYTES =
            new Setting<>("sandbox.upload_bytes", Kind.whole(1, 1L << 42), "" + 4096 * MIB);
    static final Setting<Long> AHEAD = new Setting<>("sandbox.ahead", Kind.whole(0, 100), "2");

    static final Setting<List<String>> MCP_HOSTS = new Setting<>(
            "mcp.allowed_hosts",
            Kind.listOf("names of hosts, also as NAME:PORT, with commas between them", Settings::host),
            "");
    static final Setting<Long> MCP_CALL = new Setting<>("mcp.call_s", Kind.whole(1, 3600), "120");

    static final Setting<String> LOG_LEVEL =
            new Setting<>("log.level", Kind.oneOf(List.of("error", "warn", "info", "debug", "trace")), "info");
    static final Setting<String> LOG_FORMAT = new Setting<>("log.format", Kind.oneOf(List.of("text", "json")), "text");

    static final Setting<Boolean> METRICS = new Setting<>("metrics.enabled", Kind.truth(), "true");

    static final Map<String, Setting<?>> ALL = List.<Setting<?>>of(
                    HOST,
                    PORT,
                    TLS_CERTIFICATE,
                    TLS_KEY,
                    TRUSTED_PROXIES,
                    DATA,
                    STORE_URL,
                    STORE_USER,
                    STORE_PASSWORD,
                    BODY_BYTES,
                    PROMPT_BYTES,
                    CONCURRENT_TURNS,
                    WAITING_TURNS,
                    CONCURRENT_STREAMS,
                    STARTS_PER_SECOND,
                    STARTS_BURST,
                    CONNECTION_IDLE,
                    REATTACH,
                    MODEL,
                    MAX_TURNS,
                    TIMEOUT,
                    ON_RESTART,
                    APPROVAL,
                    SUBAGENTS,
                    WORKSPACE_DAY,
                    ALLOW_UNPRICED,
                    SESSION_IDLE,
                    SESSION_LIFETIME,
                    SESSION_QUEUE,
                    SESSION_SANDBOXES,
                    RETENTION_AGE,
                    RETENTION_BYTES,
                    COMPACTION_THRESHOLD,
                    COMPACTION_SHRINK,
                    COMPACTION_KEEP,
                    COMPACTION_STRATEGY,
                    MODEL_IDLE,
                    MODEL_ANSWER,
                    FALLBACK,
                    MEMORY,
                    PROCESSES,
                    CPUS,
                    OPEN_FILES,
                    FILE_BYTES,
                    DISK_BYTES,
                    MOST_MEMORY,
                    MOST_PROCESSES,
                    MOST_CPUS,
                    MOST_DISK_BYTES,
                    MOST_EXEC,
                    PER_WORKSPACE,
                    UPLOAD_BYTES,
                    AHEAD,
                    MCP_HOSTS,
                    MCP_CALL,
                    LOG_LEVEL,
                    LOG_FORMAT,
                    METRICS)
            .stream()
            .collect(Collectors.toUnmodifiableMap(Setting::key, Function.identity()));

    private Settings() {}

    private static Optional<String> host(String text) {
        return text.matches("[A-Za-z0-9.:_-]{1,255}") ? Optional.of(text.toLowerCase(Locale.ROOT)) : Optional.empty();
    }
}
