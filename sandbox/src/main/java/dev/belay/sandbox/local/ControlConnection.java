package dev.belay.sandbox.local;

import dev.belay.api.SandboxException;
import dev.belay.api.SandboxUnavailableException;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The spawner's connection for one sandbox, which lives as long as the sandbox: when it closes, the sandbox ends. Requests and answers
 * alternate.
 */
final class ControlConnection implements AutoCloseable {
    /** What the walls of a new sandbox are. Cgroup versions: 0 none, 1, 2. */
    record Created(int proven, int kernelUser, int memoryCgroup, int processCgroup, int cpuCgroup, Path socket) {}

    private final FrameChannel channel;

    ControlConnection(FrameChannel channel) {
        this.channel = channel;
    }

    Created create(SandboxSpec spec, byte[] nonce) throws IOException {
        SandboxLimits limits = spec.limits();
        FrameBuilder request = new FrameBuilder(FrameType.CREATE)
                .bytes(nonce)
                .u64(limits.memoryBytes())
                .u32(limits.processes())
                .u32(Math.clamp(Math.round(limits.cpus() * 1000), 1, Integer.MAX_VALUE))
                .u32(limits.openFiles())
                .u64(limits.fileBytes())
                .text(LocalProvider.workspaceOf(spec).toString())
                .text(LocalProvider.tmpOf(spec).toString())
                .u32(spec.directories().size());
        for (MountedDirectory mounted : spec.directories()) {
            request.text(mounted.directory().toString()).text(mounted.name());
        }
        Frame answer = ask(request);
        if (answer.type() == FrameType.REFUSED) {
            boolean unavailable = answer.u8() == 1;
            String text = answer.text().strip();
            if (unavailable) {
                throw new SandboxUnavailableException(HostHints.explain(text));
            }
            throw new SandboxException("the sandbox could not be started: " + text);
        }
        require(answer, FrameType.CREATED);
        if (!Arrays.equals(answer.bytes(nonce.length), nonce)) {
            throw new IOException("the sandbox answered with another nonce");
        }
        return new Created(answer.u32(), answer.u32(), answer.u8(), answer.u8(), answer.u8(), Path.of(answer.text()));
    }

    /** How often the CPU limit held the sandbox back. */
    synchronized long throttled() throws IOException {
        Frame answer = ask(new FrameBuilder(FrameType.STATS));
        require(answer, FrameType.STATS_REPLY);
        return answer.u64();
    }

    /** Whether the helper still holds the other end. */
    synchronized boolean alive() {
        return channel.open();
    }

    /** Ends the sandbox and waits until nothing of it is left. */
    synchronized void destroy() throws IOException {
        require(ask(new FrameBuilder(FrameType.DESTROY)), FrameType.DESTROYED);
    }

    private Frame ask(FrameBuilder request) throws IOException {
        channel.send(request.build());
        return channel.read();
    }

    private static void require(Frame answer, int type) throws IOException {
        if (answer.type() != type) {
            throw new IOException("the sandbox helper answered with a frame of type " + answer.type());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
