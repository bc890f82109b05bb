package dev.belay.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.api.IdSource;
import dev.belay.sandbox.local.LocalProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits for an owner leaves nothing when nobody comes. */
class WarmSandboxesTest {
    @TempDir
    Path root;

    @Test
    void closingLeavesNothingAlsoOfTheOneThatIsBeingBuilt() throws Exception {
        Path directory = Files.createDirectory(root.resolve("sandboxes"));
        IdSource ids = new IdSource(InstantSource.system(), new Random(7));
        try (LocalProvider provider = new LocalProvider(root.resolve("run"))) {
            for (int i = 0; i < 5; i++) {
                WarmSandboxes warm = new WarmSandboxes(provider, ids, directory, SandboxLimits.DEFAULT, 2);
                warm.fill();
                while (isEmpty(directory)) {
                    Thread.onSpinWait();
                }

                warm.close();

                assertThat(directory).isEmptyDirectory();
                assertThat(warm.take(List.of(), SandboxLimits.DEFAULT)).isEmpty();
            }
        }
    }

    private static boolean isEmpty(Path directory) throws Exception {
        try (var content = Files.list(directory)) {
            return content.findAny().isEmpty();
        }
    }
}
