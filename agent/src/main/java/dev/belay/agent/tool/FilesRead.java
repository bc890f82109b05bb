package dev.belay.agent.tool;

import dev.belay.sandbox.SandboxFiles.FileStat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Which files the agent has read or written, and as what: an edit needs a file that it has seen and that is still so. */
public final class FilesRead {
    private final Map<String, FileStat> seen = new ConcurrentHashMap<>();

    /** The agent now knows the file as this. */
    public void saw(FileStat stat) {
        seen.put(stat.path(), stat);
    }

    /** How the agent last saw the file of that real path. */
    public Optional<FileStat> lastSeen(String path) {
        return Optional.ofNullable(seen.get(path));
    }
}
