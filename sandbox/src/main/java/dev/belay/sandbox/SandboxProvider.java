package dev.belay.sandbox;

import dev.belay.api.SandboxId;
import java.nio.file.Path;

/** Builds sandboxes in one way (local walls, containers, a cluster). Knows neither the store nor the event log. Safe for many threads. */
public interface SandboxProvider extends AutoCloseable {
    /** Its name, for example {@code local}. */
    String name();

    /** What this provider reaches on this host, each property tried and not assumed. Asked once, then remembered. */
    ProviderReport report();

    /**
     * Builds a sandbox and returns it running. Before it returns, a process inside has answered with a nonce, and every wall the spec asks
     * for has been verified.
     *
     * @throws dev.belay.api.SandboxUnavailableException if the host cannot give the walls; the message names what is missing
     * @throws dev.belay.api.SandboxException if the start failed for another reason
     */
    Sandbox create(SandboxId id, SandboxSpec spec);

    /** Removes what an earlier process of this provider left behind: processes, control groups, sockets. */
    void cleanUp();

    /** What a state directory takes on the disk, whatever rights the sandbox's programs gave their files. May take a while. */
    SandboxUsage.Disk diskUsage(Path state);

    /** Destroys every sandbox that is left and stops the helper processes. */
    @Override
    void close();
}
