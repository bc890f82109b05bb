package dev.belay.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.api.AddressRange;
import dev.belay.api.ConfigurationException;
import dev.belay.api.Secret;
import dev.belay.server.config.Configuration.LogSettings;
import dev.belay.store.StoreLocation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the sources of the configuration add up, and what is refused. */
class ConfigurationTest {
    @TempDir
    private Path directory;

    private final Map<String, String> flags = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void inATemporaryDirectory() {
        environment.put("HOME", directory.toString());
    }

    private Configuration read() {
        return read(Optional.empty());
    }

    private Configuration read(Optional<Path> file) {
        return Configuration.read(new ConfigurationSources(file, flags, environment));
    }

    private Path file(String name, String toml) {
        try {
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, toml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void withoutAnySourceTheDefaultsHold() {
        Configuration defaults = read();

        assertThat(defaults.server())
                .isEqualTo(new Configuration.ServerSettings("127.0.0.1", 8000, Optional.empty(), List.of()));
        assertThat(defaults.dataDirectory()).isEqualTo(directory.resolve(".local/share/belay"));
        assertThat(defaults.limits().promptBytes()).isEqualTo(1 << 20);
        assertThat(defaults.agent().model()).isEmpty();
        assertThat(defaults.log().format()).isEqualTo(LogSettings.Format.TEXT);
        assertThat(defaults.metrics()).isTrue();
    }

    @Test
    void theDataDirectoryFollowsTheUsersChoiceOfWhereDataLies() {
        environment.put("XDG_DATA_HOME", "/somewhere/data");

        assertThat(read().dataDirectory()).isEqualTo(Path.of("/somewhere/data/belay"));
    }

    @Test
    void aFlagBeatsTheEnvironmentWhichBeatsTheFile() {
        Path file = file("my.toml", """
            [server]
            host = "127.0.0.2"
            port = 1001
            [agent]
            model = "scripted:file"
            timeout_s = 60
            """);
        environment.put("BELAY_SERVER_PORT", "1002");
        environment.put("BELAY_AGENT_MODEL", "scripted:environment");
        flags.put("server.port", "1003");

        Configuration configuration = read(Optional.of(file));

        assertThat(configuration.server())
                .isEqualTo(new Configuration.ServerSettings("127.0.0.2", 1003, Optional.empty(), List.of()));
        assertThat(configuration.agent().model()).contains("scripted:environment");
        assertThat(configuration.agent().timeout()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void theFileOfTheDataDirectoryIsReadUnlessAnotherIsNamed() {
        file("data/belay.toml", "[server]\nport = 1001\n");
        flags.put("data.directory", directory.resolve("data").toString());

        assertThat(read().server().port()).isEqualTo(1001);
        environment.put(
                "BELAY_CONFIG", file("other.toml", "[server]\nport = 1002\n").toString());
        assertThat(read().server().port()).isEqualTo(1002);
        assertThat(read(Optional.of(file("third.toml", "[server]\nport = 1003\n")))
                        .server()
                        .port())
                .isEqualTo(1003);
    }

    @Test
    void aNamedFileMaySayWhereTheDataLies() {
        Path file = file("my.toml", "[data]\ndirectory = \"" + directory + "/elsewhere\"\n");

        assertThat(read(Optional.of(file)).dataDirectory()).isEqualTo(directory.resolve("elsewhere"));
    }

    @Test
    void theFileOfTheDataDirectoryCannotMoveIt() {
        file("data/belay.toml", "[data]\ndirectory = \"/elsewhere\"\n");
        environment.put("BELAY_DATA_DIRECTORY", directory.resolve("data").toString());

        assertThatThrownBy(this::read)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("data.directory");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[server]\\nprot = 1|server.prot|server.port",
                "[serve]\\nport = 1|serve.port|server.port",
                "[limits]\\nprompt_byte = 1|limits.prompt_byte|limits.prompt_bytes",
                "port = 1|port|",
                "[server.tls]\\ncert = 'x'|server.tls|",
            })
    void anUnknownKeyIsRefusedByNameWithTheOneThatWasMeant(String toml, String key, String meant) {
        Path file = file("my.toml", toml.replace("\\n", "\n"));

        assertThatThrownBy(() -> read(Optional.of(file)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("my.toml")
                .hasMessageContaining("unknown key \"" + key + "\"")
                .hasMessageContaining(meant == null ? "" : "did you mean \"" + meant + "\"?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[server]\\nport = \"80\"|server.port|a whole number from 0 to 65535, without quotes",
                "[server]\\nport = 1.5|server.port|a whole number from 0 to 65535",
                "[server]\\nport = 65536|server.port|a whole number from 0 to 65535",
                "[server]\\nport = [1]|server.port|a whole number from 0 to 65535",
                "[server]\\nhost = 7|server.host|a host name or address, in quotes",
                "[server]\\nhost = \"\"|server.host|a host name or address",
                "[server]\\ntls_key = \"key.pem\"|server.tls_key|the absolute path of a PEM file",
                "[server]\\ntrusted_proxies = \"10.0.0.0/33\"|server.trusted_proxies|addresses or ranges",
                "[server]\\ntrusted_proxies = \"proxy.example\"|server.trusted_proxies|addresses or ranges",
                "[log]\\nlevel = \"loud\"|log.level|one of error, warn, info, debug, trace",
                "[metrics]\\nenabled = \"true\"|metrics.enabled|true or false",
                "[agent]\\non_restart = \"again\"|agent.on_restart|one of interrupt, resume",
                "[sandbox]\\ncpus = 0|sandbox.cpus|a number from 0.05",
            })
    void aValueOfTheWrongKindIsToldWithItsKeyAndWhatItMustBe(String toml, String key, String expectation) {
        Path file = file("my.toml", toml.replace("\\n", "\n"));

        assertThatThrownBy(() -> read(Optional.of(file)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("must be " + expectation);
    }

    @Test
    void aWrongValueIsToldWhereItStands() {
        environment.put("BELAY_SERVER_PORT", "eighty");
        assertThatThrownBy(this::read).hasMessageContaining("BELAY_SERVER_PORT is \"eighty\"");

        environment.remove("BELAY_SERVER_PORT");
        flags.put("server.port", "-1");
        assertThatThrownBy(this::read).hasMessageContaining("--port is \"-1\"");
    }

    @Test
    void aVariableThatIsAlmostOneOfOursIsRefusedAndOthersAreLeftAlone() {
        environment.put("BELAY_JAVA_HOME", "/usr/lib/jvm/x");
        read();

        environment.put("BELAY_SERVER_PROT", "1");
        assertThatThrownBy(this::read)
                .hasMessageContaining("BELAY_SERVER_PROT")
                .hasMessageContaining("did you mean \"BELAY_SERVER_PORT\"?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[server", "server = ", "[server]\nport = 1\nport = 2\n", "\u0000"})
    void whatIsNotTomlIsToldWithItsLine(String toml) {
        Path file = file("my.toml", toml);

        assertThatThrownBy(() -> read(Optional.of(file)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("my.toml")
                .hasMessageContaining("line");
    }

    @Test
    void aNamedFileThatIsNotThereIsToldAndOneInTheDataDirectoryNeedNotBe() {
        read();

        assertThatThrownBy(() -> read(Optional.of(directory.resolve("none.toml"))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none.toml");
    }

    @Test
    void aCertificateNeedsItsKey() {
        flags.put("server.tls_certificate", "/etc/belay/chain.pem");
        assertThatThrownBy(this::read).hasMessageContaining("server.tls_key");

        flags.put("server.tls_key", "/etc/belay/key.pem");
        assertThat(read().server().tls())
                .contains(new Configuration.TlsFiles(Path.of("/etc/belay/chain.pem"), Path.of("/etc/belay/key.pem")));
    }

    @Test
    void proxiesAreTrustedByAddressOrRange() {
        flags.put("server.trusted_proxies", "10.1.2.3, fd00::/8");

        assertThat(read().server().trustedProxies())
                .containsExactly(
                        AddressRange.of("10.1.2.3").orElseThrow(),
                        AddressRange.of("fd00::/8").orElseThrow());
    }

    @Test
    void anyProviderOfModelsTakesAnotherAddress() throws IOException {
        Configuration configuration = read(Optional.of(file("a.toml", """
            [base_urls]
            anthropic = "http://127.0.0.1:9/v1"
            fireworks-ai = "https://models.example.org"
            """)));

        assertThat(configuration.models().baseUrls())
                .containsEntry("anthropic", "http://127.0.0.1:9/v1")
                .containsEntry("fireworks-ai", "https://models.example.org");
    }

    @Test
    void anAddressForAnUnknownProviderIsRefusedWithTheOneThatWasMeant() {
        assertThatThrownBy(() -> read(Optional.of(file("a.toml", "[base_urls]\nantropic = \"http://127.0.0.1:9\""))))
                .hasMessageContaining("base_urls.antropic")
                .hasMessageContaining("base_urls.anthropic");
        assertThatThrownBy(() -> read(Optional.of(file("b.toml", "[base_urls]\nollama = \"127.0.0.1:9\""))))
                .hasMessageContaining("http://");
    }

    @Test
    void directoriesThatSandboxesMayReadAreNamedAndAbsolute() {
        Configuration configuration =
                read(Optional.of(file("m.toml", "[mounts]\nmaven = \"/srv/m2\"\nwheels = \"/srv/wheels\"")));
        assertThat(configuration.sandbox().mounts())
                .isEqualTo(Map.of("maven", Path.of("/srv/m2"), "wheels", Path.of("/srv/wheels")));
        assertThatThrownBy(() -> read(Optional.of(file("a.toml", "[mounts]\nmaven = \"m2\""))))
                .hasMessageContaining("mounts.maven")
                .hasMessageContaining("absolute");
        assertThatThrownBy(() -> read(Optional.of(file("b.toml", "[mounts]\n\"../x\" = \"/srv\""))))
                .hasMessageContaining("name");
    }

    @Test
    void everyKeyIsDocumentedWithItsVariableAndDefault() throws IOException {
        String document = Files.readString(Path.of("../docs/configuration.md"));

        for (Setting<?> setting : Settings.ALL.values()) {
            List<String> rows = document.lines()
                    .filter(line -> line.startsWith("| `" + setting.key() + "` | `" + setting.variable() + "` |"))
                    .toList();
            assertThat(rows).as(setting.key()).hasSize(1);
            if (!setting.standard().isEmpty()) {
                assertThat(rows.getFirst()).contains("| `" + setting.standard() + "` |");
            }
        }
        assertThat(document.lines().filter(line -> line.startsWith("| `"))).hasSize(Settings.ALL.size());
    }

    @Test
    void theExampleInTheDocumentSaysEveryDefault() throws IOException {
        String document = Files.readString(Path.of("../docs/configuration.md"));
        var example = Pattern.compile("```toml\n(.*?)```", Pattern.DOTALL).matcher(document);
        assertThat(example.find()).isTrue();

        Configuration configuration = read(Optional.of(file("example.toml", example.group(1))));

        assertThat(configuration).isEqualTo(read());
        for (String key : Settings.ALL.keySet()) {
            assertThat(example.group(1)).contains(key.substring(key.indexOf('.') + 1) + " = ");
        }
    }

    @Test
    void theStoreIsInTheDataDirectoryUnlessAnAddressNamesOne() {
        assertThat(read().store()).isEqualTo(StoreLocation.in(read().dataDirectory()));

        environment.put("BELAY_STORE_URL", "postgresql://db.example/belay");
        environment.put("BELAY_STORE_PASSWORD", "hush-hush");

        assertThat(read().store()).hasToString("postgresql://db.example/belay");
        assertThat(read().store().secrets()).extracting(Secret::value).containsExactly("hush-hush");
        assertThat(read().toString()).doesNotContain("hush");
    }

    @Test
    void aPasswordThatIsNotInQuotesIsNotRecited() {
        Path file = file("my.toml", "[store]\npassword = 12345678\n");

        assertThatThrownBy(() -> read(Optional.of(file)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("store.password must be a password, in quotes")
                .hasMessageNotContaining("12345678");
    }
}
