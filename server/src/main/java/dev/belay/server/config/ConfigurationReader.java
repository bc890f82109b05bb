package dev.belay.server.config;

import dev.belay.agent.budget.StartRate;
import dev.belay.agent.compaction.CompactionPolicy;
import dev.belay.agent.model.catalogue.Catalogue;
import dev.belay.agent.model.catalogue.ProviderKey;
import dev.belay.api.ConfigurationException;
import dev.belay.api.Money;
import dev.belay.api.Secret;
import dev.belay.sandbox.SandboxLimits;
import dev.belay.server.config.Configuration.AgentSettings;
import dev.belay.server.config.Configuration.BudgetSettings;
import dev.belay.server.config.Configuration.LimitSettings;
import dev.belay.server.config.Configuration.LogSettings;
import dev.belay.server.config.Configuration.McpSettings;
import dev.belay.server.config.Configuration.ModelSettings;
import dev.belay.server.config.Configuration.OnRestart;
import dev.belay.server.config.Configuration.RetentionSettings;
import dev.belay.server.config.Configuration.SandboxSettings;
import dev.belay.server.config.Configuration.ServerSettings;
import dev.belay.server.config.Configuration.SessionSettings;
import dev.belay.server.config.Configuration.TlsFiles;
import dev.belay.server.spelling.Spelling;
import dev.belay.store.StoreLocation;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Lays the sources over each other and makes records of the result. */
final class ConfigurationReader {
    private static final String FILE_NAME = "belay.toml";
    private static final String FILE_VARIABLE = "BELAY_CONFIG";
    private static final String BASE_URLS = "base_urls.";
    private static final String KEYS = "keys.";
    private static final String MOUNTS = "mounts.";

    /** A value as it was written, and where, for the error message. */
    private record Given(String text, String where) {}

    private final ConfigurationSources sources;
    private final Map<String, Given> given = new HashMap<>();
    private final Map<String, String> baseUrls = new HashMap<>();
    private final Map<String, Secret> keys = new HashMap<>();
    private final Map<String, Path> mounts = new HashMap<>();

    ConfigurationReader(ConfigurationSources sources) {
        this.sources = sources;
    }

    Configuration read() {
        // Environment and flags say where the file is; they are laid over it again once it is read.
        readEnvironment();
        readFlags();
        Path data = dataDirectory();
        Optional<Path> named = sources.file()
                .or(() -> Optional.ofNullable(sources.environment().get(FILE_VARIABLE))
                        .map(Path::of));
        Path file = named.orElse(data.resolve(FILE_NAME));
        if (named.isPresent() || Files.exists(file)) {
            readFile(file);
        }
        if (named.isEmpty() && !dataDirectory().equals(data)) {
            throw new ConfigurationException(file + " lies in the data directory and cannot set " + Settings.DATA.key()
                    + "; use --data, " + Settings.DATA.variable() + ", or a file named with --config");
        }
        readEnvironment();
        readFlags();
        return new Configuration(
                server(),
                dataDirectory(),
                store(),
                new LimitSettings(
                        value(Settings.BODY_BYTES),
                        intValue(Settings.PROMPT_BYTES),
                        intValue(Settings.CONCURRENT_TURNS),
                        intValue(Settings.WAITING_TURNS),
                        intValue(Settings.CONCURRENT_STREAMS),
                        new StartRate(value(Settings.STARTS_PER_SECOND), intValue(Settings.STARTS_BURST)),
                        Duration.ofSeconds(value(Settings.CONNECTION_IDLE)),
                        Duration.ofSeconds(value(Settings.REATTACH))),
                new AgentSettings(
                        value(Settings.MODEL),
                        intValue(Settings.MAX_TURNS),
                        Duration.ofSeconds(value(Settings.TIMEOUT)),
                        word(OnRestart.class, Settings.ON_RESTART),
                        Duration.ofSeconds(value(Settings.APPROVAL)),
                        intValue(Settings.SUBAGENTS)),
                new BudgetSettings(
                        Optional.of(value(Settings.WORKSPACE_DAY))
                                .filter(dollars -> dollars > 0)
                                .map(dollars -> Money.ofDollars(BigDecimal.valueOf(dollars))),
                        value(Settings.ALLOW_UNPRICED)),
                new SessionSettings(
                        Duration.ofSeconds(value(Settings.SESSION_IDLE)),
                        Duration.ofSeconds(value(Settings.SESSION_LIFETIME)),
                        intValue(Settings.SESSION_QUEUE),
                        intValue(Settings.SESSION_SANDBOXES)),
                new RetentionSettings(
                        positive(Settings.RETENTION_AGE).map(Duration::ofSeconds),
                        positive(Settings.RETENTION_BYTES).map(OptionalLong::of).orElse(OptionalLong.empty())),
                new CompactionPolicy(
                        value(Settings.COMPACTION_THRESHOLD),
                        value(Settings.COMPACTION_SHRINK),
                        intValue(Settings.COMPACTION_KEEP),
                        word(CompactionPolicy.Strategy.class, Settings.COMPACTION_STRATEGY)),
                new ModelSettings(
                        Duration.ofSeconds(value(Settings.MODEL_IDLE)),
                        Duration.ofSeconds(value(Settings.MODEL_ANSWER)),
                        value(Settings.FALLBACK),
                        baseUrls,
                        keys),
                sandbox(),
                new McpSettings(Set.copyOf(value(Settings.MCP_HOSTS)), Duration.ofSeconds(value(Settings.MCP_CALL))),
                new LogSettings(
                        word(LogSettings.Level.class, Settings.LOG_LEVEL),
                        word(LogSettings.Format.class, Settings.LOG_FORMAT)),
                value(Settings.METRICS));
    }

    private ServerSettings server() {
        Optional<Path> certificate = value(Settings.TLS_CERTIFICATE);
        Optional<Path> key = value(Settings.TLS_KEY);
        if (certificate.isPresent() != key.isPresent()) {
            throw new ConfigurationException(Settings.TLS_CERTIFICATE.key() + " and " + Settings.TLS_KEY.key()
                    + " go together, and only one of them is set");
        }
        return new ServerSettings(
                value(Settings.HOST),
                intValue(Settings.PORT),
                certificate.map(file -> new TlsFiles(file, key.orElseThrow())),
                value(Settings.TRUSTED_PROXIES));
    }

    private SandboxSettings sandbox() {
        SandboxLimits standard = new SandboxLimits(
                value(Settings.MEMORY),
                intValue(Settings.PROCESSES),
                value(Settings.CPUS),
                intValue(Settings.OPEN_FILES),
                value(Settings.FILE_BYTES),
                value(Settings.DISK_BYTES));
        // A standard that lies above a limit is meant, and raises it.
        SandboxLimits most = new SandboxLimits(
                Math.max(standard.memoryBytes(), value(Settings.MOST_MEMORY)),
                Math.max(standard.processes(), intValue(Settings.MOST_PROCESSES)),
                Math.max(standard.cpus(), value(Settings.MOST_CPUS)),
                standard.openFiles(),
                standard.fileBytes(),
                Math.max(standard.diskBytes(), value(Settings.MOST_DISK_BYTES)));
        return new SandboxSettings(
                standard,
                most,
                Duration.ofSeconds(value(Settings.MOST_EXEC)),
                intValue(Settings.PER_WORKSPACE),
                value(Settings.UPLOAD_BYTES),
                intValue(Settings.AHEAD),
                mounts);
    }

    /** {@code XDG_DATA_HOME/belay}, else {@code ~/.local/share/belay}, unless it is configured. */
    private Path dataDirectory() {
        Given configured = given.get(Settings.DATA.key());
        if (configured != null) {
            return Path.of(parse(Settings.DATA, configured)).toAbsolutePath().normalize();
        }
        String share = sources.environment().getOrDefault("XDG_DATA_HOME", "");
        Path base = share.isBlank()
                ? Path.of(sources.environment().getOrDefault("HOME", System.getProperty("user.home", ".")))
                        .resolve(".local/share")
                : Path.of(share);
        return base.resolve("belay").toAbsolutePath().normalize();
    }

    private StoreLocation store() {
        return value(Settings.STORE_URL)
                .map(url -> StoreLocation.at(
                        url, value(Settings.STORE_USER), value(Settings.STORE_PASSWORD), sources.environment()))
                .orElseGet(() -> StoreLocation.in(dataDirectory()));
    }

    private void readFile(Path file) {
        TomlFile.read(file).forEach((key, written) -> {
            if (key.startsWith(BASE_URLS)) {
                readBaseUrl(file, key, written);
                return;
            }
            if (key.startsWith(KEYS)) {
                readKey(file, key, written);
                return;
            }
            if (key.startsWith(MOUNTS)) {
                readMount(file, key, written);
                return;
            }
            Setting<?> setting = Settings.ALL.get(key);
            if (setting == null) {
                throw new ConfigurationException(
                        file + ": unknown key \"" + key + "\"" + Spelling.suggestion(key, Settings.ALL.keySet()));
            }
            if (written.form().filter(setting.kind().form()::equals).isEmpty()) {
                throw new ConfigurationException(
                        file + ": " + key + (setting.isSecret() ? "" : " is " + written.text() + ", but") + " must be "
                                + expectation(setting));
            }
            given.put(key, new Given(written.text(), file + ": " + key));
        });
    }

    private void readBaseUrl(Path file, String key, TomlFile.Written written) {
        String provider = provider(file, BASE_URLS, key);
        if (!written.text().matches("https?://[^\\s/]+\\S*")) {
            throw new ConfigurationException(file + ": " + key + " is " + written.text()
                    + ", but must be an address that begins with http:// or https://, in quotes");
        }
        baseUrls.put(provider, written.text());
    }

    /** What is wrong with a key is said without the key. */
    private void readKey(Path file, String key, TomlFile.Written written) {
        String provider = provider(file, KEYS, key);
        if (!ProviderKey.isKey(written.text())) {
            throw new ConfigurationException(file + ": " + key + " must be a key, in quotes: " + ProviderKey.FORM);
        }
        keys.put(provider, ProviderKey.secret(provider, written.text()));
    }

    /** The section has a key for each provider of the catalogue. */
    private static String provider(Path file, String section, String key) {
        List<String> known = Catalogue.standard().providers().stream()
                .map(provider -> section + provider.id())
                .toList();
        if (!known.contains(key)) {
            throw new ConfigurationException(
                    file + ": there is no provider for \"" + key + "\"" + Spelling.suggestion(key, known));
        }
        return key.substring(section.length());
    }

    /** A key for each directory that sandboxes may read, named as it is to be named inside. */
    private void readMount(Path file, String key, TomlFile.Written written) {
        String name = key.substring(MOUNTS.length());
        if (!name.matches("[a-z0-9][a-z0-9._-]{0,63}")) {
            throw new ConfigurationException(
                    file + ": " + key + " does not end in a name of lower-case letters, digits, . _ -");
        }
        if (!written.text().startsWith("/")) {
            throw new ConfigurationException(file + ": " + key + " is " + written.text()
                    + ", but must be the absolute path of a directory, in quotes");
        }
        mounts.put(name, Path.of(written.text()));
    }

    /** In a file the form counts too: {@code port = "80"} is a string. */
    private static String expectation(Setting<?> setting) {
        return setting.kind().expectation()
                + (setting.kind().form() == Kind.Form.STRING ? ", in quotes" : ", without quotes");
    }

    /** A variable that begins like one of ours and is none is refused; others, such as those of the launcher, are not ours to judge. */
    private void readEnvironment() {
        Map<String, Setting<?>> byVariable = new HashMap<>();
        Settings.ALL.values().forEach(setting -> byVariable.put(setting.variable(), setting));
        sources.environment().forEach((variable, text) -> {
            Setting<?> setting = byVariable.get(variable);
            if (setting != null) {
                given.put(setting.key(), new Given(text, variable));
            } else if (byVariable.values().stream()
                    .anyMatch(s -> variable.startsWith("BELAY_" + s.section().toUpperCase(Locale.ROOT) + "_"))) {
                throw new ConfigurationException("unknown environment variable " + variable
                        + Spelling.suggestion(variable, byVariable.keySet()));
            }
        });
    }

    private void readFlags() {
        sources.flags().forEach((key, text) -> given.put(key, new Given(text, "--" + flag(key))));
    }

    /** Flags are named like the last word of their key. */
    private static String flag(String key) {
        return key.equals(Settings.DATA.key())
                ? "data"
                : key.substring(key.indexOf('.') + 1).replace('_', '-');
    }

    private <T> T value(Setting<T> setting) {
        Given text = given.get(setting.key());
        return parse(setting, text == null ? new Given(setting.standard(), setting.key()) : text);
    }

    /** Zero stands for no limit. */
    private Optional<Long> positive(Setting<Long> setting) {
        return Optional.of(value(setting)).filter(number -> number > 0);
    }

    private int intValue(Setting<Long> setting) {
        return Math.toIntExact(value(setting));
    }

    private <E extends Enum<E>> E word(Class<E> type, Setting<String> setting) {
        return Enum.valueOf(type, value(setting).toUpperCase(Locale.ROOT));
    }

    private static <T> T parse(Setting<T> setting, Given given) {
        return setting.kind()
                .read()
                .apply(given.text())
                .orElseThrow(() -> new ConfigurationException(given.where() + " is \"" + given.text()
                        + "\", but must be " + setting.kind().expectation()));
    }
}
