package dev.belay.sandbox.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeDirectoryTest {
    @TempDir
    Path directory;

    @Test
    void whatADeadServerLeftIsRemovedAndALinkOfAnotherUserIsNotFollowed() throws IOException {
        Path parent = Files.createDirectory(directory.resolve("run"));
        Path precious = Files.createDirectory(directory.resolve("precious"));
        Files.writeString(precious.resolve("file"), "x");
        Path link = Files.createSymbolicLink(parent.resolve("belay-2147483647-1-000000"), precious);
        Path left = Files.createDirectory(parent.resolve("belay-2147483647-2-000000"));
        Files.writeString(left.resolve("spawner"), "");
        try (RuntimeDirectory own = RuntimeDirectory.in(parent, new Random(5))) {
            assertThat(own.path()).isDirectory();
            assertThat(left).doesNotExist();
            assertThat(link).isSymbolicLink();
            assertThat(precious.resolve("file")).hasContent("x");
        }
        assertThat(parent.toFile().list()).containsExactly(link.getFileName().toString());
    }
}
