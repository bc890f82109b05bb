package dev.belay.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess;
import dev.belay.cli.InProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DoctorTest {
    @TempDir
    Path home;

    @Test
    void aMachineThatCanRunAgentsIsHealthy() {
        var doctor = InProcess.run(home, "doctor", "--json");

        assertThat(doctor.code()).isZero();
        JsonNode found = new JsonMapper().readTree(doctor.out());
        assertThat(found.path("healthy").asBoolean()).isTrue();
        assertThat(found.at("/bubblewrap/version").asString()).matches("\\d+\\.\\d+.*");
        assertThat(found.at("/sandboxes/isolation").asString()).isIn("full", "restricted");
        assertThat(found.at("/sandboxes/properties")).anySatisfy(property -> {
            assertThat(property.path("name").asString()).isEqualTo("seccomp");
            assertThat(property.path("held").asBoolean()).isTrue();
        });
        assertThat(found.at("/models/providers").toString()).isEqualTo("[\"scripted\"]");
        assertThat(found.at("/data_directory/state").asString()).isEqualTo("absent");
        assertThat(home.resolve(".local")).doesNotExist();
    }

    @Test
    void providersWithAKeyAreToldByNameAndTheirKeysNever() {
        var doctor = InProcess.run(home, Map.of("OPENAI_API_KEY", "sk-not-to-be-shown"), "doctor");

        assertThat(doctor.out()).contains("with a key or an address: openai\n").doesNotContain("sk-not-to-be-shown");
    }

    @Test
    void aDataDirectoryIsShownWithItsSchemaAndLeftAsItIs() throws Exception {
        InProcess.run(home, "organisations", "create", "acme");
        Path database = home.resolve(".local/share/belay/belay.db");
        byte[] before = Files.readAllBytes(database);

        var doctor = InProcess.run(home, "doctor");

        assertThat(doctor.out())
                .contains(database.getParent() + ", not in use")
                .containsPattern("schema +version \\d+");
        assertThat(Files.readAllBytes(database)).isEqualTo(before);
    }

    @Test
    void aDamagedDatabaseMakesItSick() throws Exception {
        Path directory = Files.createDirectories(home.resolve("data"));
        Files.writeString(directory.resolve("belay.db"), "no database".repeat(1000));

        var doctor = InProcess.run(home, "doctor", "--data", directory.toString());

        assertThat(doctor.code()).isEqualTo(1);
        assertThat(doctor.out()).contains("cannot open the database");
    }

    @Test
    void withoutBubblewrapItSaysWhatToDoAndEndsWithOne() throws Exception {
        Map<String, String> environment = new HashMap<>(CommandProcess.environment(home));
        environment.put("PATH", home.toString());

        try (CommandProcess doctor = CommandProcess.start(environment, CommandProcess.line("doctor"))) {
            var result = doctor.await();

            assertThat(result.code()).isEqualTo(1);
            assertThat(result.out()).contains("apt-get install bubblewrap").contains("Agents cannot run here");
        }
    }

    @Test
    void controlGroupsOfBothVersionsAreTold() throws Exception {
        Path mounts = Files.writeString(home.resolve("mounts"), """
                cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,nodev,noexec,relatime,memory 0 0
                cgroup /sys/fs/cgroup/cpu cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
                systemd /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0
                none /nonexistent/unified cgroup2 rw 0 0
                proc /proc proc rw 0 0
                """);

        assertThat(Machine.cgroups(mounts)).isEqualTo("v1 (cpu, cpuacct, memory), v2 (no controllers)");
    }
}
