package dev.belay.agent.tool.builtin.exec;

import dev.belay.agent.tool.ToolContext;
import dev.belay.api.FileException;
import dev.belay.api.IdSource;
import dev.belay.sandbox.SandboxFiles;

/** A file that lives as long as one call, alone in a directory of its own beneath {@code /tmp}. */
final class Scratch implements AutoCloseable {
    private final SandboxFiles files;
    private final String directory;
    private final String path;

    Scratch(ToolContext context, IdSource ids, String name, byte[] content) {
        files = context.sandbox().files();
        directory = "/tmp/.call-" + ids.next();
        path = directory + "/" + name;
        files.write(path, content);
    }

    String path() {
        return path;
    }

    @Override
    public void close() {
        try {
            files.remove(directory);
        } catch (FileException _) {
            // The program may have removed or replaced it; what it left is its own, and goes with the sandbox.
        }
    }
}
