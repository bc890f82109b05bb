package dev.belay.agent.model.catalogue;

import dev.belay.api.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where and how a provider is called.
 *
 * @param provider its id in the catalogue
 * @param key empty value for none
 * @param idle how long the provider may say nothing
 * @param total how long one answer may take
 */
public record Endpoint(String provider, String baseUrl, Secret key, Duration idle, Duration total) {
    private static final Pattern VARIABLE = Pattern.compile("\\{([A-Z_]+)(?::([^}]*))?}");

    /** Either where the provider is called, or why it cannot be. */
    public sealed interface Found {
        record Usable(Endpoint endpoint) implements Found {}

        /**
         * It can be called by who brings a key.
         *
         * @param reason completes "the provider cannot be used: …"
         */
        record NeedsKey(Endpoint endpoint, String reason) implements Found {}

        /** @param reason completes "the provider cannot be used: …" */
        record Missing(String reason) implements Found {}
    }

    /**
     * Looks for the base URL and the key of a provider.
     *
     * @param configuredKey the key that the configuration gives it
     * @param configuredUrl the base URL that the configuration gives it
     */
    public static Found find(
            Catalogue.Provider provider,
            Map<String, String> environment,
            Optional<Secret> configuredKey,
            Optional<String> configuredUrl,
            Duration idle,
            Duration total) {
        Optional<String> url = configuredUrl
                .or(() -> firstSet(provider.baseUrlVariables(), environment).map(environment::get))
                .or(() -> filled(provider.baseUrl(), environment));
        if (url.isEmpty()) {
            return new Found.Missing("set its address as base_urls." + provider.id() + " in belay.toml"
                    + (provider.baseUrlVariables().isEmpty()
                            ? ""
                            : " or in the environment variable " + String.join(" or ", provider.baseUrlVariables())));
        }
        Optional<Secret> key = configuredKey.or(() -> firstSet(provider.keyVariables(), environment)
                .map(variable -> new Secret(
                        variable, environment.getOrDefault(variable, "").strip())));
        Endpoint endpoint = new Endpoint(
                provider.id(), withoutSlash(url.get().strip()), key.orElse(new Secret(provider.id(), "")), idle, total);
        return key.isEmpty() && !provider.keyless()
                ? new Found.NeedsKey(
                        endpoint,
                        "set its key in the environment variable " + String.join(" or ", provider.keyVariables())
                                + ", as keys." + provider.id() + " in belay.toml, with belay secrets set "
                                + provider.id() + ", or send it in the header X-Belay-Provider-Key")
                : new Found.Usable(endpoint);
    }

    /** The key, or a word in its place: the vendors' clients insist on one. */
    public String keyOrNone() {
        return key.value().isEmpty() ? "none" : key.value();
    }

    private static Optional<String> firstSet(List<String> variables, Map<String, String> environment) {
        return variables.stream()
                .filter(variable -> !environment.getOrDefault(variable, "").isBlank())
                .findFirst();
    }

    /** Empty if the template holds a variable that is neither set nor has a default. */
    private static Optional<String> filled(String template, Map<String, String> environment) {
        Matcher variables = VARIABLE.matcher(template);
        StringBuilder filled = new StringBuilder();
        while (variables.find()) {
            String set = environment.getOrDefault(variables.group(1), "");
            String value = set.isBlank() ? variables.group(2) : set;
            if (value == null) {
                return Optional.empty();
            }
            variables.appendReplacement(filled, Matcher.quoteReplacement(value));
        }
        variables.appendTail(filled);
        return Optional.of(filled.toString());
    }

    private static String withoutSlash(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }
}
