package dev.belay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import dev.belay.store.DataDirectory.Holder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path temporary;

    @Test
    void itIsMadeForItsOwnerAlone() throws IOException {
        Path root = temporary.resolve("new/data");
        try (DataDirectory data = DataDirectory.lock(root)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.path())))
                    .isEqualTo("rwx------");
            assertThat(data.directory("files")).isDirectory();
        }
    }

    @Test
    void aSecondLockInTheSameProcessIsRefusedAndDoesNotEndTheFirst() throws Exception {
        try (DataDirectory data = DataDirectory.lock(temporary)) {
            assertThatThrownBy(() -> DataDirectory.lock(temporary))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
            assertThat(DataDirectory.holder(temporary))
                    .contains(new Holder(ProcessHandle.current().pid(), Optional.empty()));
            Path link =
                    Files.createSymbolicLink(temporary.resolveSibling(temporary.getFileName() + "-link"), temporary);
            assertThatThrownBy(() -> DataDirectory.lock(link)).isInstanceOf(ConfigurationException.class);
            Files.delete(link);

            assertThatThrownBy(() -> HeldByAnother.start(data.path())).isInstanceOf(IOException.class);
        }
    }

    @Test
    void anotherProcessIsNamedWithItsAddress() throws Exception {
        try (HeldByAnother other = HeldByAnother.start(temporary)) {
            assertThatThrownBy(() -> DataDirectory.lock(temporary))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("process " + other.pid() + " serving http://127.0.0.1:4321");
            assertThat(DataDirectory.holder(temporary))
                    .contains(new Holder(other.pid(), Optional.of("http://127.0.0.1:4321")));
            assertThat(DataDirectory.localToken(temporary)).contains("a-token");
        }
        assertThat(DataDirectory.holder(temporary)).isEmpty();
        assertThat(DataDirectory.localToken(temporary)).isEmpty();
    }

    @Test
    void theLockOfADeadProcessIsTakenOver() throws Exception {
        HeldByAnother other = HeldByAnother.start(temporary);
        other.kill();

        assertThat(DataDirectory.holder(temporary)).isEmpty();
        try (DataDirectory data = DataDirectory.lock(temporary)) {
            assertThat(DataDirectory.holder(data.path()).orElseThrow().pid())
                    .isEqualTo(ProcessHandle.current().pid());
        }
    }

    @Test
    void aProcessThatOnlyGotTheNumberOfADeadHolderIsNotTheHolder() throws IOException {
        Path lock = temporary.resolve("belay.lock");
        Files.writeString(lock, ProcessHandle.current().pid() + "\nhttp://127.0.0.1:1\n");
        Files.setLastModifiedTime(lock, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));

        assertThat(DataDirectory.holder(temporary)).isEmpty();
    }

    @Test
    void theTokenIsForItsOwnerAlone() throws IOException {
        try (DataDirectory data = DataDirectory.lock(temporary)) {
            Files.writeString(temporary.resolve("belay.token"), "left by a process that was killed");
            data.serving("http://127.0.0.1:8000", "secret");

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary.resolve("belay.token"))))
                    .isEqualTo("rw-------");
            assertThat(DataDirectory.localToken(temporary)).contains("secret");
        }
    }

    @Test
    void afterCloseAnyoneMayHaveIt() {
        DataDirectory data = DataDirectory.lock(temporary);
        data.close();
        data.close();

        try (DataDirectory again = DataDirectory.lock(temporary)) {
            data.close();
            assertThat(DataDirectory.holder(again.path())).isPresent();
        }
    }

    @Test
    void whatNobodyEverHeldHasNoHolder() {
        assertThat(DataDirectory.holder(temporary.resolve("nowhere"))).isEmpty();
        assertThat(DataDirectory.localToken(temporary)).isEmpty();
    }
}
