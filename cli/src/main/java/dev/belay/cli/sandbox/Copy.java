package dev.belay.cli.sandbox;

import dev.belay.api.BelayException;
import dev.belay.api.FileException;
import dev.belay.client.BelayClient;
import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.sandbox.SandboxFiles;
import dev.belay.client.sandbox.SandboxFiles.FileStat;
import dev.belay.client.sandbox.SandboxFiles.Kind;
import dev.belay.sandbox.archive.ArchiveFormat;
import dev.belay.sandbox.archive.ArchiveLimits;
import dev.belay.sandbox.archive.Archives;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Files and directories into a sandbox and out of it. A target that is a directory takes the source in; another one becomes it. */
final class Copy {
    private static final ArchiveLimits LIMITS = new ArchiveLimits(1L << 40, 10_000_000, 100);
    private static final int PIPE_BYTES = 1 << 18;
    private static final Executor PACKING =
            task -> Thread.ofVirtual().name("pack").start(task);

    private final BelayClient client;

    Copy(BelayClient client) {
        this.client = client;
    }

    /**
     * Copies a file, or a directory with all that is in it.
     *
     * @return whether nothing was left out: links, devices
     * @throws IOException if the source cannot be read
     */
    boolean in(Path source, SandboxPath target) throws IOException {
        if (!Files.exists(source)) {
            throw new FileException("file_not_found", "there is no " + source);
        }
        SandboxFiles files = client.sandboxes().files(target.sandbox());
        String name = String.valueOf(source.toAbsolutePath().normalize().getFileName());
        boolean into = target.path().endsWith("/")
                || stat(files, target.path()).map(FileStat::kind).equals(Optional.of(Kind.DIRECTORY));
        SandboxPath place = into ? target.resolve(name) : target;
        String directory = Files.isDirectory(source) ? place.path() : place.directory();
        return send(new LocalTree(source, place.name()), files, directory);
    }

    private static boolean send(LocalTree tree, SandboxFiles files, String directory) throws IOException {
        try (tree;
                PipedInputStream archive = new PipedInputStream(PIPE_BYTES)) {
            PipedOutputStream into = new PipedOutputStream(archive);
            CompletableFuture<Boolean> packed = CompletableFuture.supplyAsync(() -> pack(tree, into), PACKING);
            try {
                files.unpack(directory, SandboxFiles.ArchiveFormat.TAR, archive);
            } catch (BelayException e) {
                if (!packed.isCompletedExceptionally()) {
                    throw e;
                }
            }
            return packed.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException unread) {
                throw unread.getCause();
            }
            throw e;
        }
    }

    private static boolean pack(LocalTree tree, PipedOutputStream into) {
        try (into) {
            return Archives.pack(tree, ArchiveFormat.TAR, into).complete();
        } catch (IOException e) {
            return false; // The server takes no more, and says why.
        }
    }

    /**
     * Copies a file, or a directory with all that is in it.
     *
     * @throws IOException if the target cannot be written
     */
    void out(SandboxPath source, Path target) throws IOException {
        SandboxFiles files = client.sandboxes().files(source.sandbox());
        FileStat stat = files.stat(source.path());
        Path place = Files.isDirectory(target) ? target.resolve(name(stat)) : target;
        switch (stat.kind()) {
            case FILE -> {
                try (InputStream content = files.download(stat.path())) {
                    LocalTarget.write(place, Integer.parseInt(stat.mode(), 8), content);
                }
            }
            case DIRECTORY -> {
                try (InputStream archive = files.pack(stat.path(), SandboxFiles.ArchiveFormat.TAR)) {
                    Archives.unpack(new LocalTarget(place), ArchiveFormat.TAR, archive, LIMITS);
                }
            }
            case LINK, OTHER ->
                throw new FileException("not_a_file", stat.path() + " is neither a file nor a directory");
        }
    }

    private static String name(FileStat stat) {
        return stat.path().substring(stat.path().lastIndexOf('/') + 1);
    }

    private static Optional<FileStat> stat(SandboxFiles files, String path) {
        try {
            return Optional.of(files.stat(path));
        } catch (ServerRefusedException e) {
            if (e.code().equals("file_not_found")) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
