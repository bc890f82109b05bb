package dev.belay.agent.model.catalogue;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The providers that Belay knows by id, and the short names of models. The ids are those of {@code contract: codegraff 5.11}, with a few more.
 *
 * @param providers those that can be called, in the order in which a request without a model tries them
 * @param refused those that cannot, with the reason
 * @param aliases short names, for example {@code sonnet}, and the whole name that each stands for
 * @param families beginnings of models' own names, and the provider of models that begin so
 */
public record Catalogue(
        List<Provider> providers, List<Refused> refused, Map<String, String> aliases, Map<String, String> families) {
    public Catalogue {
        providers = List.copyOf(providers);
        refused = List.copyOf(refused);
        aliases = Map.copyOf(aliases);
        families = Map.copyOf(families);
    }

    /** How a provider is spoken to. */
    public enum Wire {
        /** Anthropic Messages. */
        MESSAGES,
        /** OpenAI Chat Completions. */
        CHAT,
        /** OpenAI Responses. */
        RESPONSES
    }

    /**
     * A provider that can be called.
     *
     * @param responsesFamilies models whose name holds one of these are asked over {@link Wire#RESPONSES}, whatever {@code wire} says
     * @param baseUrl may hold environment variables as {@code {NAME}} or, with a default, {@code {NAME:default}}
     * @param baseUrlVariables environment variables that hold another base URL; the first that is set counts
     * @param keyVariables environment variables that hold the key; the first that is set counts
     * @param keyless whether it can be called without a key
     * @param defaultModel the model that the provider's id alone stands for
     */
    public record Provider(
            String id,
            Wire wire,
            List<String> responsesFamilies,
            String baseUrl,
            List<String> baseUrlVariables,
            List<String> keyVariables,
            boolean keyless,
            Optional<String> defaultModel) {
        public Provider {
            responsesFamilies = List.copyOf(responsesFamilies);
            baseUrlVariables = List.copyOf(baseUrlVariables);
            keyVariables = List.copyOf(keyVariables);
        }

        /** How one of its models is spoken to. */
        public Wire wire(String model) {
            return responsesFamilies.stream().anyMatch(model::contains) ? Wire.RESPONSES : wire;
        }
    }

    /** A provider that is known and cannot be called. */
    public record Refused(String id, String reason) {}

    /** The catalogue that ships with Belay. */
    public static Catalogue standard() {
        return CatalogueCodec.catalogue();
    }

    /** The whole name for an alias or a model's own name; any other name as it is. */
    public String wholeName(String name) {
        String whole = aliases.get(name);
        if (whole != null || name.contains(":")) {
            return whole == null ? name : whole;
        }
        return families.entrySet().stream()
                .filter(family -> name.startsWith(family.getKey()))
                .map(family -> family.getValue() + ":" + name)
                .findFirst()
                .orElse(name);
    }
}
