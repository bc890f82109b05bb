package dev.belay.server.files;

import dev.belay.sandbox.SandboxFiles.FileStat;
import dev.belay.sandbox.archive.Archives;
import tools.jackson.databind.node.ObjectNode;

/** How a face tells of files. */
public interface FileShape {
    ObjectNode of(FileStat stat);

    ObjectNode of(Archives.Tree tree);
}
