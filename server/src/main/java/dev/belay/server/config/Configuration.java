package dev.belay.server.config;

import dev.belay.agent.budget.StartRate;
import dev.belay.agent.compaction.CompactionPolicy;
import dev.belay.api.AddressRange;
import dev.belay.api.Money;
import dev.belay.api.Secret;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.store.StoreLocation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * All settings of a Belay process, checked. One record per concern.
 *
 * @param store the database: in the data directory, unless {@code store.url} names one
 * @param compaction what becomes of conversations that grow too long
 */
public record Configuration(
        ServerSettings server,
        Path dataDirectory,
        StoreLocation store,
        LimitSettings limits,
        AgentSettings agent,
        BudgetSettings budget,
        SessionSettings sessions,
        RetentionSettings retention,
        CompactionPolicy compaction,
        ModelSettings models,
        SandboxSettings sandbox,
        McpSettings mcp,
        LogSettings log,
        boolean metrics) {

    /**
     * @param port 0 for any free one
     * @param tls the files of the certificate; connections are plain if empty
     * @param trustedProxies whose {@code X-Forwarded-} headers are believed
     */
    public record ServerSettings(String host, int port, Optional<TlsFiles> tls, List<AddressRange> trustedProxies) {
        public ServerSettings {
            trustedProxies = List.copyOf(trustedProxies);
        }
    }

    /**
     * PEM files.
     *
     * @param certificate with its chain
     * @param key its private key
     */
    public record TlsFiles(Path certificate, Path key) {}

    /**
     * @param bodyBytes the largest request body
     * @param promptBytes the largest prompt, in bytes of UTF-8
     * @param concurrentTurns how many turns run at once
     * @param waitingTurns how many turns may wait for an answer beside those
     * @param concurrentStreams how many responses stream at once
     * @param starts how fast one key may begin runs, sessions and messages
     * @param connectionIdle how long a connection may take nothing, or say nothing, before it is closed
     * @param reattach how long a run with an idempotency key outlives its last reader
     */
    public record LimitSettings(
            long bodyBytes,
            int promptBytes,
            int concurrentTurns,
            int waitingTurns,
            int concurrentStreams,
            StartRate starts,
            Duration connectionIdle,
            Duration reattach) {}

    /**
     * @param maxTurns model calls per prompt for a request that does not say
     * @param timeout of a turn for a request that does not say
     * @param approval how long an ask waits for an answer
     * @param subagents how many sub-agents of one turn work at once
     */
    public record AgentSettings(
            Optional<String> model,
            int maxTurns,
            Duration timeout,
            OnRestart onRestart,
            Duration approval,
            int subagents) {}

    /**
     * @param workspacePerDay what the turns of each workspace may cost on a day
     * @param allowUnpriced whether a model of which no price is known may be asked in spite of that
     */
    public record BudgetSettings(Optional<Money> workspacePerDay, boolean allowUnpriced) {}

    /**
     * @param idle how long a session keeps its processes without a turn
     * @param lifetime after which a session ends for good
     * @param queue how many messages of one session may wait
     * @param liveSandboxes how many sandboxes of sessions run at once
     */
    public record SessionSettings(Duration idle, Duration lifetime, int queue, int liveSandboxes) {}

    /**
     * @param age after which unused a conversation is erased; empty for never
     * @param workspaceBytes what the events of one workspace's sessions may take; empty for any
     */
    public record RetentionSettings(Optional<Duration> age, OptionalLong workspaceBytes) {}

    /**
     * @param idle how long a model's provider may say nothing
     * @param answer how long one answer of a model may take
     * @param fallback the model that a turn goes on with when its own cannot be had
     * @param baseUrls by the provider's id, where another than the catalogue's is wanted
     * @param keys by the provider's id
     */
    public record ModelSettings(
            Duration idle,
            Duration answer,
            Optional<String> fallback,
            Map<String, String> baseUrls,
            Map<String, Secret> keys) {
        public ModelSettings {
            baseUrls = Map.copyOf(baseUrls);
            keys = Map.copyOf(keys);
        }
    }

    /** What becomes of a turn that was open when the server died. */
    public enum OnRestart {
        INTERRUPT,
        RESUME
    }

    /**
     * What sandboxes get.
     *
     * @param standard for a request that does not say
     * @param most that a request may ask for
     * @param longestExec how long one command may run
     * @param perWorkspace how many kept sandboxes a workspace may have
     * @param uploadBytes the largest file or archive that is put into a sandbox or taken out of it in one request
     * @param ahead how many sandboxes a server builds before someone asks
     * @param mounts directories of this machine that every sandbox may read at {@code /mnt/NAME}, by name
     */
    public record SandboxSettings(
            SandboxLimits standard,
            SandboxLimits most,
            Duration longestExec,
            int perWorkspace,
            long uploadBytes,
            int ahead,
            Map<String, Path> mounts) {
        public SandboxSettings {
            mounts = Map.copyOf(mounts);
        }
    }

    /**
     * The MCP servers of sessions.
     *
     * @param allowedHosts as {@code name} or {@code name:port}, dialled wherever they are
     * @param call how long a call of a tool may take
     */
    public record McpSettings(Set<String> allowedHosts, Duration call) {
        public McpSettings {
            allowedHosts = Set.copyOf(allowedHosts);
        }
    }

    public record LogSettings(Level level, Format format) {
        /** From which severity on something is logged. */
        public enum Level {
            ERROR,
            WARN,
            INFO,
            DEBUG,
            TRACE
        }

        /** How a line looks. */
        public enum Format {
            TEXT,
            JSON
        }
    }

    /**
     * Reads the configuration.
     *
     * @throws dev.belay.api.ConfigurationException naming the key: unknown, of the wrong type, or out of range; or the file: unreadable or not
     *     TOML
     */
    public static Configuration read(ConfigurationSources sources) {
        return new ConfigurationReader(sources).read();
    }
}
