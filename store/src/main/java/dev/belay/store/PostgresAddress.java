package dev.belay.store;

import dev.belay.api.ConfigurationException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where a PostgreSQL database is and who connects to it.
 *
 * @param hosts as in a URL, for example {@code db.example:5432}, or several with commas between
 * @param properties of the driver, for example {@code sslmode}
 */
public record PostgresAddress(
        String hosts,
        String database,
        Optional<String> user,
        Optional<String> password,
        Map<String, String> properties) {
    private static final String EXPECTED = "the address of the store must look like postgresql://HOST:PORT/DATABASE or"
            + " jdbc:postgresql://HOST:PORT/DATABASE";
    /** What people who know libpq write, as the driver calls it. */
    private static final Map<String, String> SYNONYMS =
            Map.of("connect_timeout", "connectTimeout", "application_name", "ApplicationName");

    public PostgresAddress {
        properties = Map.copyOf(properties);
    }

    /**
     * Reads {@code [jdbc:]postgresql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?NAME=VALUE&…]}. A user or a password that it does not name is
     * taken from what is configured, else from {@code PGUSER} and {@code PGPASSWORD}.
     *
     * @throws ConfigurationException saying what is wrong with it, without reciting it: there may be a password in it
     */
    public static PostgresAddress of(
            String url, Optional<String> user, Optional<String> password, Map<String, String> environment) {
        String text = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
        int slashes = text.indexOf("://");
        if (slashes < 0 || !text.substring(0, slashes).matches("postgres(ql)?")) {
            throw new ConfigurationException(EXPECTED);
        }
        String rest = text.substring(slashes + "://".length());
        int question = rest.indexOf('?');
        String place = question < 0 ? rest : rest.substring(0, question);
        Map<String, String> properties = properties(question < 0 ? "" : rest.substring(question + 1));
        int slash = place.indexOf('/');
        if (slash < 0 || slash == place.length() - 1) {
            throw new ConfigurationException(EXPECTED + "; it names no database");
        }
        String authority = place.substring(0, slash);
        int at = authority.lastIndexOf('@');
        String[] login = at < 0 ? new String[0] : authority.substring(0, at).split(":", 2);
        String hosts = authority.substring(at + 1);
        return new PostgresAddress(
                hosts.isEmpty() ? "localhost" : hosts,
                decoded(place.substring(slash + 1)),
                first(
                        login.length > 0 ? decoded(login[0]) : "",
                        properties.remove("user"),
                        user,
                        environment.get("PGUSER")),
                first(
                        login.length > 1 ? decoded(login[1]) : "",
                        properties.remove("password"),
                        password,
                        environment.get("PGPASSWORD")),
                properties);
    }

    private static Optional<String> first(
            String inUrl, @Nullable String inQuery, Optional<String> configured, @Nullable String variable) {
        return Optional.of(inUrl)
                .filter(text -> !text.isEmpty())
                .or(() -> Optional.ofNullable(inQuery))
                .or(() -> configured)
                .or(() -> Optional.ofNullable(variable));
    }

    private static Map<String, String> properties(String query) {
        Map<String, String> properties = new LinkedHashMap<>();
        for (String pair : query.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            String[] parts = pair.split("=", 2);
            String name = SYNONYMS.getOrDefault(decoded(parts[0]), decoded(parts[0]));
            if (PGProperty.forName(name) == null) {
                throw new ConfigurationException(
                        "the address of the store has a parameter that the PostgreSQL driver does not know: " + name);
            }
            properties.put(name, parts.length > 1 ? decoded(parts[1]) : "");
        }
        return properties;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(EXPECTED + "; a % in it must be followed by two digits, as in %40 for @");
        }
    }

    /** A source of connections, each with these properties in addition. */
    PGSimpleDataSource source(Map<PGProperty, String> more) {
        String query = properties.entrySet().stream()
                .map(property -> encoded(property.getKey()) + "=" + encoded(property.getValue()))
                .collect(Collectors.joining("&"));
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://" + hosts + "/" + encoded(database) + (query.isEmpty() ? "" : "?" + query));
        user.ifPresent(source::setUser);
        password.ifPresent(source::setPassword);
        // The details of an error recite the values of the row.
        source.setProperty(PGProperty.LOG_SERVER_ERROR_DETAIL, "false");
        source.setProperty(PGProperty.TCP_KEEP_ALIVE, "true");
        more.forEach((property, value) -> {
            if (!properties.containsKey(property.getName())) {
                source.setProperty(property, value);
            }
        });
        return source;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Host and database, for people; neither user nor password. */
    @Override
    public String toString() {
        return "postgresql://" + hosts + "/" + database;
    }
}
