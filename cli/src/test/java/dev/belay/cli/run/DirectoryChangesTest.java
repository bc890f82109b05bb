package dev.belay.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryChangesTest {
    @TempDir
    Path directory;

    private interface Work {
        void run() throws Exception;
    }

    private List<String> changes(Work work) throws Exception {
        DirectoryPicture before = DirectoryPicture.of(directory);
        work.run();
        return DirectoryChanges.between(before, DirectoryPicture.of(directory));
    }

    @Test
    void textIsComparedLineByLine() throws Exception {
        Files.createDirectory(directory.resolve("src"));
        Files.writeString(directory.resolve("src/a.txt"), "one\ntwo\n");
        Files.writeString(directory.resolve("gone.txt"), "bye\n");

        assertThat(changes(() -> {
                    Files.writeString(directory.resolve("src/a.txt"), "one\n2\n");
                    Files.delete(directory.resolve("gone.txt"));
                    Files.writeString(directory.resolve("new.txt"), "hello\n");
                }))
                .containsExactly(
                        "--- a/gone.txt",
                        "+++ /dev/null",
                        "@@ -1,1 +0,0 @@",
                        "-bye",
                        "--- /dev/null",
                        "+++ b/new.txt",
                        "@@ -0,0 +1,1 @@",
                        "+hello",
                        "--- a/src/a.txt",
                        "+++ b/src/a.txt",
                        "@@ -1,2 +1,2 @@",
                        " one",
                        "-two",
                        "+2");
    }

    @Test
    void whatIsNotTextIsNamed() throws Exception {
        Files.write(directory.resolve("image"), new byte[] {0, 1, 2});
        Files.setLastModifiedTime(directory.resolve("image"), FileTime.from(Instant.EPOCH));
        Files.writeString(directory.resolve("large.log"), "x".repeat(2 << 20));

        assertThat(changes(() -> {
                    Files.write(directory.resolve("image"), new byte[] {0, 1, 3});
                    Files.writeString(directory.resolve("large.log"), "y".repeat(3 << 20));
                    Files.createFile(directory.resolve("empty"));
                }))
                .containsExactly(
                        "New: empty (empty)",
                        "Changed: image (binary or large, 3 bytes)",
                        "Changed: large.log (binary or large, 3145728 bytes)");
    }

    @Test
    void linksAreComparedByTheirTargetsAndNeverFollowed() throws Exception {
        Path secret = Files.writeString(Files.createTempFile("outside", ".txt"), "secret\n");
        Files.writeString(directory.resolve("a"), "text\n");

        try {
            assertThat(changes(() -> {
                        Files.delete(directory.resolve("a"));
                        Files.createSymbolicLink(directory.resolve("a"), secret);
                    }))
                    .containsExactly("Changed: a -> " + secret);
        } finally {
            Files.delete(secret);
        }
    }

    @Test
    void gitsOwnFilesAreLeftOut() throws Exception {
        Files.createDirectory(directory.resolve(".git"));

        assertThat(changes(() -> Files.writeString(directory.resolve(".git/index"), "x")))
                .isEmpty();
    }

    @Test
    void anUntouchedDirectoryHasNoChanges() throws Exception {
        Files.writeString(directory.resolve("a"), "text");
        Files.write(directory.resolve("b"), new byte[] {0});

        assertThat(changes(() -> {})).isEmpty();
    }
}
