package dev.belay.sandbox.local;

import dev.belay.api.SandboxException;
import dev.belay.api.SandboxUnavailableException;
import dev.belay.sandbox.MountedDirectory;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.sandbox.SandboxSpec;
import dev.belay.sandbox.SandboxUsage;
import dev.belay.sandbox.local.wire.Frame;
import dev.belay.sandbox.local.wire.FrameBuilder;
import dev.belay.sandbox.local.wire.FrameChannel;
import dev.belay.sandbox.local.wire.FrameType;
import dev.belay.sandbox.local.wire.Watchdog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spawner's connection for one sandbox, which lives as long as the sandbox: when it closes, the sandbox ends. Requests and answers
 * alternate.
 */
final class ControlConnection implements AutoCloseable {
    /** What the walls of a new sandbox are. Cgroup versions: 0 none, 1, 2. */
    record Created(int proven, int kernelUser, int memoryCgroup, int processCgroup, int cpuCgroup, Path socket) {}

    /** Above the time that the helper itself gives a sandbox to start. */
    private static final Duration BOUND = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(ControlConnection.class);

    private final FrameChannel channel;
    private volatile boolean ending;

    /** @param helperHung called when the helper owes an answer for too long */
    ControlConnection(FrameChannel channel, Watchdog watchdog, Runnable helperHung) {
        this.channel = channel;
        watchdog.watch(channel, BOUND, () -> silent(helperHung));
    }

    /** A sandbox that does not end, because the kernel cannot kill a process of it, is no reason to end all others. */
    private void silent(Runnable helperHung) {
        if (!ending) {
            helperHung.run();
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("the connection of a silent sandbox could not be closed", e);
        }
    }

    Created create(SandboxSpec spec, List<MountedDirectory> shared, byte[] nonce) throws IOException {
        SandboxLimits limits = spec.limits();
        FrameBuilder request = new FrameBuilder(FrameType.CREATE)
                .bytes(nonce)
                .u64(limits.memoryBytes())
                .u32(limits.processes())
                .u32(Math.clamp(Math.round(limits.cpus() * 1000), 1, Integer.MAX_VALUE))
                .u32(limits.openFiles())
                .u64(Math.min(limits.fileBytes(), limits.diskBytes()))
                .text(LocalProvider.workspaceOf(spec).toString())
                .text(LocalProvider.tmpOf(spec).toString());
        add(request, spec.directories());
        add(request, shared);
        request.text(limits.exactDisk() ? LocalProvider.imageOf(spec).toString() : "");
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

    private static void add(FrameBuilder request, List<MountedDirectory> directories) {
        request.u32(directories.size());
        for (MountedDirectory mounted : directories) {
            request.text(mounted.directory().toString()).text(mounted.name());
        }
    }

    synchronized SandboxUsage usage() throws IOException {
        Frame answer = ask(new FrameBuilder(FrameType.STATS));
        require(answer, FrameType.STATS_REPLY);
        OptionalLong throttled = number(answer);
        OptionalLong memory = number(answer);
        OptionalLong memoryPeak = number(answer);
        OptionalLong cpuMicros = number(answer);
        OptionalLong processes = number(answer);
        OptionalLong memoryKills = number(answer);
        return new SandboxUsage(memory, memoryPeak, cpuMicros, processes, memoryKills, throttled);
    }

    /** All bits set stand for a number that the host does not tell. */
    private static OptionalLong number(Frame answer) throws IOException {
        long number = answer.u64();
        return number == -1 ? OptionalLong.empty() : OptionalLong.of(number);
    }

    /** Whether the helper holds the other end. */
    synchronized boolean isHeld() {
        return channel.hasPeer();
    }

    /** Ends the sandbox and waits until nothing of it is left. */
    synchronized void destroy() throws IOException {
        ending = true;
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
