package dev.belay.agent.tool;

import dev.belay.sandbox.Interpreter;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Sandbox;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a tool works on: the session's sandbox, its working directory, what the agent has read so far and what it means to do. One per
 * session, and one per sub-agent; safe for many threads.
 */
public final class ToolContext implements AutoCloseable {
    private final Supplier<Sandbox> open;
    private final String directory;
    private final FilesRead filesRead = new FilesRead();
    private final FilesShown filesShown = new FilesShown();
    private final Todos todos = new Todos();
    private final Map<Language, Interpreter> interpreters = new EnumMap<>(Language.class);
    private final Shells shells;
    private volatile boolean closed;
    private volatile @Nullable Sandbox sandbox;

    /**
     * @param open starts the sandbox; called at most once, when a tool first needs it
     * @param directory the working directory inside, absolute
     */
    public ToolContext(Supplier<Sandbox> open, String directory) {
        this.open = open;
        this.directory = directory;
        this.shells = new Shells(this::sandbox);
    }

    private ToolContext(ToolContext session) {
        this.open = session::sandbox;
        this.directory = session.directory;
        this.shells = session.shells;
    }

    /**
     * What a sub-agent works on: the same sandbox, directory and background commands; what it has read, what it means to do and its
     * interpreters are its own. To be {@link #leave left} and not closed.
     */
    public ToolContext ofSubagent() {
        return new ToolContext(this);
    }

    /** Ends the interpreters, and nothing else. */
    public void leave() {
        synchronized (interpreters) {
            interpreters.values().forEach(Interpreter::close);
            interpreters.clear();
        }
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

    /** The path as the sandbox takes it: absolute as it is, relative beneath the working directory; without steps that go nowhere. */
    public String resolve(String path) {
        String absolute = path.startsWith("/") ? path : directory + "/" + path;
        return Arrays.stream(absolute.split("/"))
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .collect(Collectors.joining("/", "/", ""));
    }

    /** The shortest path that {@link #resolve} takes back to an absolute one. */
    public String shortened(String path) {
        return path.startsWith(directory + "/") ? path.substring(directory.length() + 1) : path;
    }

    /** The session's stateful interpreter of that language, made now if there is none yet. */
    public Interpreter interpreter(Language language) {
        Sandbox running = sandbox();
        synchronized (interpreters) {
            return interpreters.computeIfAbsent(language, _ -> running.interpreter(language, directory));
        }
    }

    /** The commands that run in the background. */
    public Shells shells() {
        return shells;
    }

    /** Which files the agent has seen, and as what. */
    public FilesRead filesRead() {
        return filesRead;
    }

    /** How much of files the model is shown as they are. */
    public FilesShown filesShown() {
        return filesShown;
    }

    /** What the agent means to do. */
    public Todos todos() {
        return todos;
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
