package dev.belay.agent.model;

import dev.belay.api.ConfigurationException;
import dev.belay.api.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** All models that can be named: {@code PROVIDER:MODEL}, {@code PROVIDER} alone for its default, or an alias of one. */
public final class Models {
    private final Map<String, ModelProvider> providers = new LinkedHashMap<>();
    private final UnaryOperator<String> aliases;
    private final Defaults defaults;

    /**
     * What a request gets that does not say.
     *
     * @param model empty for the default of the first provider that has one and can be called
     * @param fallback the model that a turn goes on with when its own cannot be had; empty for none
     */
    public record Defaults(Optional<String> model, Optional<String> fallback) {
        public static final Defaults NONE = new Defaults(Optional.empty(), Optional.empty());
    }

    /**
     * @param providers in the order in which a request without a model tries them
     * @param aliases the whole name for an alias, and any other name as it is
     */
    public Models(List<ModelProvider> providers, UnaryOperator<String> aliases, Defaults defaults) {
        providers.forEach(provider -> this.providers.put(provider.name(), provider));
        this.aliases = aliases;
        this.defaults = defaults;
    }

    /**
     * The model of that name, called with the key that there is for its provider, else with the server's own.
     *
     * @throws InvalidRequestException if there is none, or no key for it
     */
    public Model resolve(String asked, ProviderKeys keys) {
        String name = aliases.apply(asked);
        int colon = name.indexOf(':');
        ModelProvider provider = providers.get(colon < 0 ? name : name.substring(0, colon));
        if (provider == null) {
            throw new InvalidRequestException(
                    "model",
                    "unknown model \"" + name + "\"; a model is named PROVIDER:MODEL, and the providers here are "
                            + usable());
        }
        String model = colon < 0 ? provider.defaultModel().orElse("") : name.substring(colon + 1);
        ModelClient client = keys.find(provider.name())
                .map(key -> provider.client(model, key))
                .orElseGet(() -> provider.client(model));
        return new Model(colon < 0 && !model.isEmpty() ? name + ":" + model : name, model, client, provider.source());
    }

    private String usable() {
        return providers.values().stream()
                .filter(ModelProvider::usable)
                .map(ModelProvider::name)
                .collect(Collectors.joining(", "));
    }

    /** What a request without a model gets; empty if nothing is configured and no provider that has a default can be called. */
    public Optional<Model> byDefault(ProviderKeys keys) {
        return defaults.model()
                .or(() -> providers.values().stream()
                        .filter(provider -> provider.defaultModel().isPresent())
                        .filter(provider ->
                                provider.usable() || keys.find(provider.name()).isPresent())
                        .map(ModelProvider::name)
                        .findFirst())
                .map(name -> resolve(name, keys));
    }

    /**
     * The model to go on with when {@code first} cannot be had; empty for none.
     *
     * @param asked what the request says; the configured one if empty
     * @throws InvalidRequestException if there is none of that name, or no key for the one that the request names
     */
    public Optional<Model> fallback(Optional<String> asked, Model first, ProviderKeys keys) {
        if (asked.isPresent()) {
            try {
                return Optional.of(resolve(asked.get(), keys))
                        .filter(model -> !model.name().equals(first.name()));
            } catch (InvalidRequestException e) {
                throw new InvalidRequestException("fallback_model", "fallback_model: " + e.text());
            }
        }
        try {
            return defaults.fallback()
                    .map(name -> resolve(name, keys))
                    .filter(model -> !model.name().equals(first.name()));
        } catch (InvalidRequestException | ConfigurationException e) {
            // Nobody asked for it in this request: without a key for it there is none.
            return Optional.empty();
        }
    }

    /** Makes ready what the first call of a model needs, for the providers that can be called. */
    public void warmUp() {
        providers.values().stream().filter(ModelProvider::usable).forEach(ModelProvider::warmUp);
    }

    /** @param name the whole name, provider first; {@code source} is what its events say as theirs */
    public record Model(String name, String providersName, ModelClient client, String source) {}
}
