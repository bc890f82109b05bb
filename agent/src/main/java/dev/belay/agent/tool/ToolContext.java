package dev.belay.agent.tool;

import dev.belay.sandbox.Sandbox;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a tool works on: the session's sandbox, its working directory and what the agent has read so far. One per session; safe for many
 * threads.
 */
public final class ToolContext implements AutoCloseable {
    private final Supplier<Sandbox> open;
    private final String directory;
    private final FilesRead filesRead = new FilesRead();
    private volatile boolean closed;
    private volatile @Nullable Sandbox sandbox;

    /**
     * @param open starts the sandbox; called at most once, when a tool first needs it
     * @param directory the working directory inside, absolute
     */
    public ToolContext(Supplier<Sandbox> open, String directory) {
        this.open = open;
        this.directory = directory;
    }

    /** The sandbox, started now if it is not yet. */
    public Sandbox sandbox() {
        Sandbox running = sandbox;
        if (running != null) {
            return running;
        }
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the session's sandbox is closed");
            }
            Sandbox opened = sandbox;
            if (opened == null) {
                opened = open.get();
                sandbox = opened;
            }
            return opened;
        }
    }

    /** The working directory inside the sandbox, absolute. */
    public String directory() {
        return directory;
    }

    /** The path as the sandbox's file API takes it: absolute as it is, relative beneath the working directory. */
    public String resolve(String path) {
        return path.startsWith("/") ? path : directory + "/" + path;
    }

    /** Which files the agent has seen, and as what. */
    public FilesRead filesRead() {
        return filesRead;
    }

    /** Ends the sandbox if one was started. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        Sandbox running = sandbox;
        if (running != null) {
            running.close();
        }
    }
}
