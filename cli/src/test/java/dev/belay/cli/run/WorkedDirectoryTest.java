package dev.belay.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkedDirectoryTest {
    @TempDir
    Path root;

    private Path home;
    private Path state;

    @BeforeEach
    void make() throws Exception {
        home = Files.createDirectories(root.resolve("home/sam"));
        state = Files.createDirectories(home.resolve(".local/state/belay/runs")).getParent();
    }

    @Test
    void aProjectIsBoundUnderTheLastPartOfItsRealPath() throws Exception {
        Path project = Files.createDirectories(home.resolve("code/Shop Front"));
        Path link = Files.createSymbolicLink(root.resolve("link"), project);

        var mounted = WorkedDirectory.of(link, home, List.of(state));

        assertThat(mounted.directory()).isEqualTo(project.toRealPath());
        assertThat(mounted.name()).isEqualTo("Shop Front");
    }

    @Test
    void theHomeDirectoryAndWhatLiesAboveItAreRefused() {
        assertRefused(home, "your home directory");
        assertRefused(home.getParent(), "above your home directory");
        assertRefused(Path.of("/"), "above your home directory");
    }

    @Test
    void alsoByALink() throws Exception {
        assertRefused(Files.createSymbolicLink(root.resolve("innocent"), home), "your home directory");
    }

    @Test
    void whereBelayKeepsItsOwnThingsIsRefused() {
        assertRefused(state.getParent(), "keeps its own data");
        assertRefused(state, "keeps its own data");
        assertRefused(state.resolve("runs"), "keeps its own data");
    }

    @Test
    void onlyADirectoryWillDo() throws Exception {
        assertRefused(root.resolve("absent"), "there is no directory");
        assertRefused(Files.createFile(root.resolve("file")), "is not a directory");
    }

    private void assertRefused(Path directory, String why) {
        assertThatThrownBy(() -> WorkedDirectory.of(directory, home, List.of(state)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(why);
    }
}
