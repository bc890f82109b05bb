package dev.belay.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.cli.CommandProcess.Result;
import dev.belay.cli.InProcess;
import dev.belay.server.BelayServer;
import dev.belay.server.ServerOptions;
import dev.belay.server.config.Configuration;
import dev.belay.server.config.ConfigurationSources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The same commands, on the data directory itself and through the server that holds it. */
class AdministrationTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path home;

    private Result belay(String... arguments) {
        return InProcess.run(home, arguments);
    }

    private JsonNode json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        Result result = belay(all.toArray(String[]::new));
        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
        return JSON.readTree(result.out());
    }

    /** With {@code served}, a server holds the data directory meanwhile. */
    private AutoCloseable server(boolean served) {
        return served ? start() : () -> {};
    }

    private BelayServer start() {
        Configuration configuration = Configuration.read(new ConfigurationSources(
                Optional.empty(),
                Map.of(
                        "server.port",
                        "0",
                        "data.directory",
                        home.resolve(".local/share/belay").toString()),
                Map.of()));
        return BelayServer.start(new ServerOptions(configuration, Map.of(), false));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void organisationsWorkspacesAndKeysAreMadeListedAndRevoked(boolean served) throws Exception {
        try (AutoCloseable _ = server(served)) {
            assertThat(belay("organisations", "create", "Acme Inc").out())
                    .startsWith("Created the organisation \"Acme Inc\"");
            assertThat(belay("workspaces", "create", "dev", "--organisation", "Acme Inc")
                            .code())
                    .isZero();
            assertThat(json("organisations", "list").path("organisations").findValuesAsString("name"))
                    .contains("Acme Inc");
            assertThat(json("workspaces", "list", "--organisation", "Acme Inc")
                            .path("workspaces")
                            .findValuesAsString("name"))
                    .containsExactly("dev");

            JsonNode made = json(
                    "keys",
                    "create",
                    "ci",
                    "--organisation",
                    "Acme Inc",
                    "--workspace",
                    "dev",
                    "--permissions",
                    "read,collect",
                    "--expires",
                    "2d");
            assertThat(made.path("secret").asString()).startsWith("blk_");
            String id = made.path("id").asString();
            JsonNode listed = json("keys", "list", "--organisation", "Acme Inc").path("keys");
            assertThat(listed).hasSize(1);
            assertThat(listed.get(0).path("permissions").toString()).isEqualTo("[\"read\",\"collect\"]");
            assertThat(listed.get(0).path("expires").isString()).isTrue();
            assertThat(listed.get(0).path("revoked").isNull()).isTrue();
            assertThat(listed.toString()).doesNotContain(made.path("secret").asString());

            assertThat(belay("keys", "revoke", id, "--organisation", "Acme Inc").out())
                    .isEqualTo("Revoked the key " + id + ".\n");
            assertThat(json("keys", "list", "--organisation", "Acme Inc")
                            .path("keys")
                            .get(0)
                            .path("revoked")
                            .isString())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keysOfModelProvidersAreStoredListedAndRemovedAndNeverShown(boolean served) throws Exception {
        BelayServer first = start();
        first.close();
        try (AutoCloseable _ = server(served)) {
            String key = "sk-of-a-provider-4711";

            Result set = InProcess.runReading(key + "\n", home, "secrets", "set", "anthropic");
            assertThat(set.err()).isEmpty();
            assertThat(set.out()).isEqualTo("Stored the key for anthropic in the workspace \"default\".\n");
            assertThat(json("secrets", "list").path("secrets").findValuesAsString("name"))
                    .containsExactly("anthropic");
            assertThat(belay("secrets", "list").out()).contains("anthropic").doesNotContain(key);
            assertThat(InProcess.runReading("", home, "secrets", "set", "anthropic")
                            .err())
                    .isEqualTo("belay: there is no key on standard input\n");
            assertThat(InProcess.runReading("short\n", home, "secrets", "set", "anthropic")
                            .err())
                    .contains("must be 8 to 4096")
                    .doesNotContain("short");
            assertThat(InProcess.runReading(key, home, "secrets", "set", "nobody")
                            .err())
                    .contains("the providers are anthropic, openai");
            assertThat(belay("secrets", "remove", "anthropic").out()).isEqualTo("Removed the key for anthropic.\n");
            assertThat(json("secrets", "list").path("secrets")).isEmpty();
            assertThat(belay("secrets", "remove", "anthropic").code()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mistakesAreToldInOneLine(boolean served) throws Exception {
        belay("organisations", "create", "acme");
        belay("workspaces", "create", "dev", "--organisation", "acme");
        try (AutoCloseable _ = server(served)) {
            assertError("there is already an organisation named \"acme\"", "organisations", "create", "acme");
            assertError("there is no organisation \"none\"", "workspaces", "list", "--organisation", "none");
            assertError(
                    "there is no workspace \"none\"",
                    "keys",
                    "create",
                    "k",
                    "--organisation",
                    "acme",
                    "--workspace",
                    "none");
            assertError(
                    "unknown permission \"fly\"",
                    "keys",
                    "create",
                    "k",
                    "--organisation",
                    "acme",
                    "--workspace",
                    "dev",
                    "--permissions",
                    "run,fly");
            assertError("there is no key nope", "keys", "revoke", "nope", "--organisation", "acme");
            assertError(
                    "there is no key 01890000-0000-7000-8000-000000000000",
                    "keys",
                    "revoke",
                    "01890000-0000-7000-8000-000000000000",
                    "--organisation",
                    "acme");
        }
    }

    private void assertError(String text, String... arguments) {
        Result result = belay(arguments);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("belay: ").contains(text).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void usageIsShownByWhatIsAskedFor(boolean served) throws Exception {
        belay("organisations", "create", "default");
        belay("workspaces", "create", "default");
        try (AutoCloseable _ = server(served)) {
            List<String> empty = belay("usage", "--by", "model").out().lines().toList();
            assertThat(empty.getFirst()).contains("TURNS").contains("USD");
            assertThat(belay("usage", "--json", "--by", "").out()).contains("\"turns\":0");
            assertError("by must be some of day, key, session and model", "usage", "--by", "hour");
            assertError("from must be a day", "usage", "--from", "yesterday");
        }
    }

    @Test
    void theSecretOfANewKeyStandsOnALineOfItsOwn() {
        belay("organisations", "create", "default");
        belay("workspaces", "create", "default");

        String out = belay("keys", "create", "mine").out();

        assertThat(out.lines().toList()).hasSize(2);
        assertThat(out.lines().toList().get(1)).matches("blk_[A-Za-z0-9_-]{43}");
    }

    @Test
    void tablesAreForPeople() {
        belay("organisations", "create", "acme");

        assertThat(belay("organisations", "list").out().lines().toList())
                .satisfiesExactly(
                        heading -> assertThat(heading).matches("ID +NAME +CREATED \\(UTC\\)"),
                        row -> assertThat(row).matches("[0-9a-f-]{36}   acme   \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d"));
    }
}
