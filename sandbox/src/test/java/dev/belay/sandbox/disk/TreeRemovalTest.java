package dev.belay.sandbox.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeRemovalTest {
    @TempDir
    Path directory;

    /** Runs Python in the directory, for what cannot be made by a path. */
    private Process python(String code) throws IOException {
        return new ProcessBuilder("/usr/bin/python3", "-c", code)
                .directory(directory.toFile())
                .inheritIO()
                .start();
    }

    @Test
    void aTreeDeeperThanAnyPathIsDeleted() throws IOException, InterruptedException {
        assertThat(python("""
            import os
            os.makedirs('tree/moved-0/full'); os.mkdir('tree/moved-1'); os.chdir('tree')
            for i in range(1500):
                open('file', 'w').close(); os.mkdir('x' * 200); os.chdir('x' * 200)
            """).waitFor()).isZero();
        TreeRemoval.remove(directory.resolve("tree"));
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatLinksLeadToStays() throws IOException {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Files.writeString(outside.resolve("file"), "x");
        Path tree = Files.createDirectories(directory.resolve("tree/below"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        Files.createSymbolicLink(tree.resolve("dangling"), Path.of("nowhere"));
        Files.createLink(tree.resolve("hard"), outside.resolve("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
        TreeRemoval.remove(directory.resolve("tree"));
        TreeRemoval.remove(link);
        TreeRemoval.remove(directory.resolve("nothing"));
        TreeRemoval.remove(directory.resolve("nothing/below"));
        assertThat(directory.toFile().list()).containsExactly("outside");
        assertThat(outside.resolve("file")).hasContent("x");
    }

    @Test
    void aProgramThatSwapsADirectoryForALinkDoesNotLeadOut() throws IOException, InterruptedException {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        for (int i = 0; i < 20; i++) {
            Files.writeString(outside.resolve("f" + i), "x");
        }
        Process swap = python("""
            import ctypes
            libc = ctypes.CDLL(None)
            while True:
                libc.renameat2(-100, b'tree/a', -100, b'tree/b', 2)
            """);
        try {
            for (int round = 0; round < 300; round++) {
                Path a = Files.createDirectories(directory.resolve("tree/a"));
                for (int i = 0; i < 20; i++) {
                    Files.writeString(a.resolve("f" + i), "x");
                }
                Files.createSymbolicLink(directory.resolve("tree/b"), outside);
                deleteUntilGone(directory.resolve("tree"));
            }
        } finally {
            swap.destroyForcibly().waitFor();
        }
        assertThat(outside.toFile().list()).hasSize(20);
    }

    /** A name may show as something else than it was when it was looked at. */
    private static void deleteUntilGone(Path tree) {
        while (Files.exists(tree)) {
            FileTrees.delete(tree);
        }
    }

    @Test
    void aTreeThatCannotBeReachedIsTold() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        assertThatThrownBy(() -> TreeRemoval.remove(file.resolve("below"))).isInstanceOf(IOException.class);
    }
}
