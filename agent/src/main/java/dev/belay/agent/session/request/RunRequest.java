package dev.belay.agent.session.request;

import dev.belay.agent.mcp.McpRequest;
import dev.belay.api.Secret;
import dev.belay.sandbox.MountedDirectory;
import java.util.Map;
import java.util.Optional;

/**
 * A run: one prompt in a session of its own.
 *
 * @param directory a directory of this host to work on instead of a project directory; only a caller in this process can name one
 * @param keys keys of model providers for this run alone, by the provider's id; never stored
 * @param mcp the servers whose names the options hold; never stored
 */
public record RunRequest(
        String prompt,
        RunOptions options,
        Optional<MountedDirectory> directory,
        Map<String, Secret> keys,
        McpRequest mcp) {
    public RunRequest {
        keys = Map.copyOf(keys);
    }

    public RunRequest(String prompt, RunOptions options) {
        this(prompt, options, Optional.empty());
    }

    public RunRequest(String prompt, RunOptions options, Optional<MountedDirectory> directory) {
        this(prompt, options, directory, Map.of(), McpRequest.NONE);
    }

    /** The same run with these keys. */
    public RunRequest with(Map<String, Secret> newKeys) {
        return new RunRequest(prompt, options, directory, newKeys, mcp);
    }

    /** The same run with these MCP servers. */
    public RunRequest with(McpRequest servers) {
        return new RunRequest(prompt, options, directory, keys, servers);
    }
}
