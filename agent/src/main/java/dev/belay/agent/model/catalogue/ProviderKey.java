package dev.belay.agent.model.catalogue;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a provider's key looks like, and whose it is. What is wrong is said without the key. */
public final class ProviderKey {
    /** Completes "a key must be …"; a shorter one could not be told from ordinary text, which the redactor must. */
    public static final String FORM = "8 to 4096 printable ASCII characters without spaces and commas";

    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e&&[^,]]{8,4096}");

    private ProviderKey() {}

    public static boolean isKey(String text) {
        return KEY.matcher(text).matches();
    }

    /** The key as the redactor names it. */
    public static Secret secret(String provider, String key) {
        return new Secret(label(provider), key);
    }

    /** What the redactor calls the key of that provider. */
    public static String label(String provider) {
        return provider + "_key";
    }

    /**
     * Checks that there is a provider of that id that takes a key.
     *
     * @param field of the request
     * @throws InvalidRequestException if not; the id itself is not repeated, for it may be a key in the wrong place
     */
    public static String requireProvider(String field, String id) {
        Catalogue catalogue = Catalogue.standard();
        if (catalogue.providers().stream().anyMatch(provider -> provider.id().equals(id))) {
            return id;
        }
        catalogue.refused().stream()
                .filter(refused -> refused.id().equals(id))
                .findFirst()
                .ifPresent(refused -> {
                    throw new InvalidRequestException(
                            field, "the provider " + refused.id() + " cannot be used: " + refused.reason());
                });
        throw new InvalidRequestException(
                field,
                "there is no such provider; the providers are "
                        + catalogue.providers().stream()
                                .map(Catalogue.Provider::id)
                                .collect(Collectors.joining(", ")));
    }

    /**
     * The keys that a request brings, as {@code PROVIDER=KEY} each; several may stand in one value, with commas between them.
     *
     * @return by the provider's id
     * @throws InvalidRequestException if one is malformed, names no provider, or contradicts another
     */
    public static Map<String, Secret> ofRequest(String header, List<String> values) {
        Map<String, Secret> keys = new HashMap<>();
        for (String value : values) {
            for (String one : value.split(",", -1)) {
                int equals = one.indexOf('=');
                if (equals < 0) {
                    throw malformed(header);
                }
                String key = one.substring(equals + 1).strip();
                if (!isKey(key)) {
                    throw malformed(header);
                }
                String provider =
                        requireProvider(header, one.substring(0, equals).strip());
                Secret secret = secret(provider, key);
                if (!secret.equals(keys.getOrDefault(provider, secret))) {
                    throw new InvalidRequestException(header, "two different keys for the provider " + provider);
                }
                keys.put(provider, secret);
            }
        }
        return keys;
    }

    private static InvalidRequestException malformed(String header) {
        return new InvalidRequestException(header, header + " must be PROVIDER=KEY, where KEY is " + FORM);
    }
}
