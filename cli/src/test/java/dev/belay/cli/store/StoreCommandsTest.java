package dev.belay.cli.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import dev.belay.cli.InProcess;
import dev.belay.testpostgres.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreCommandsTest {
    @TempDir
    Path home;

    private final String url = PostgresServer.shared().newDatabase();

    private Path data() {
        return home.resolve(".local/share/belay");
    }

    private CommandProcess.Result belay(String... arguments) {
        return InProcess.run(home, arguments);
    }

    private CommandProcess.Result onPostgres(String... arguments) {
        return InProcess.run(home, Map.of("BELAY_STORE_URL", url), arguments);
    }

    @Test
    void aDataSetMovesToPostgresAndBack() {
        belay("organisations", "create", "acme");

        var there = belay("store", "copy", "--from", data().toString(), "--to", url);

        assertThat(there.err()).isEmpty();
        assertThat(there.code()).isZero();
        assertThat(there.out()).contains("organisation").contains("Copied and compared");
        assertThat(onPostgres("organisations", "list").out()).contains("acme");
        onPostgres("organisations", "create", "globex");
        assertThat(belay("organisations", "list").out()).doesNotContain("globex");

        Path back = home.resolve("back");
        assertThat(belay("store", "copy", "--from", url, "--to", back.toString())
                        .code())
                .isZero();
        assertThat(belay("organisations", "list", "--data", back.toString()).out())
                .contains("acme")
                .contains("globex");
    }

    @Test
    void whatAServerHoldsIsNotCopied() throws Exception {
        try (CommandProcess server = CommandProcess.start(home, "serve", "--dev", "--port", "0")) {
            server.readUntil("Belay is ready");

            var refused = belay("store", "copy", "--from", data().toString(), "--to", url);

            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.err()).contains("is in use by process " + server.pid());
        }
    }

    @Test
    void aDataSetIsSavedWhileTheServerRunsAndRestoredElsewhere() throws Exception {
        Path project = Files.createDirectories(data().resolve("projects/p"));
        Files.writeString(project.resolve("a.txt"), "what an agent wrote");
        Path archive = home.resolve("saved.zip");
        try (CommandProcess server = CommandProcess.start(home, "serve", "--dev", "--port", "0")) {
            server.readUntil("Belay is ready");
            belay("organisations", "create", "acme");

            var saved = belay("backup", archive.toString());

            assertThat(saved.err()).isEmpty();
            assertThat(saved.out()).contains("Saved").contains(archive.toString());
        }
        Path elsewhere = home.resolve("elsewhere");

        var restored = belay("restore", archive.toString(), "--data", elsewhere.toString());

        assertThat(restored.err()).isEmpty();
        assertThat(restored.code()).isZero();
        assertThat(elsewhere.resolve("projects/p/a.txt")).hasContent("what an agent wrote");
        assertThat(belay("organisations", "list", "--data", elsewhere.toString())
                        .out())
                .contains("acme");
        assertThat(belay("restore", archive.toString(), "--data", elsewhere.toString())
                        .code())
                .isEqualTo(1);
    }

    @Test
    void theDoctorShowsTheStoreAndItsSchema() {
        onPostgres("organisations", "create", "acme");

        assertThat(onPostgres("doctor").out())
                .containsPattern("store +PostgreSQL, postgresql://localhost:\\d+/test_\\d+")
                .containsPattern("schema +version \\d+");
        var away = InProcess.run(home, Map.of("BELAY_STORE_URL", "postgresql://me:hush@localhost:1/db"), "doctor");
        assertThat(away.code()).isEqualTo(1);
        assertThat(away.out()).contains("does not answer").doesNotContain("hush");
    }
}
