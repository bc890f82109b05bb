package dev.belay.agent.model;

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
    private final Optional<String> defaultModel;

    /**
     * @param providers in the order in which a request without a model tries them
     * @param aliases the whole name for an alias, and any other name as it is
     * @param defaultModel what a request without a model gets; empty for the default of the first provider that has one
     */
    public Models(List<ModelProvider> providers, UnaryOperator<String> aliases, Optional<String> defaultModel) {
        providers.forEach(provider -> this.providers.put(provider.name(), provider));
        this.aliases = aliases;
        this.defaultModel = defaultModel;
    }

    /**
     * The model of that name.
     *
     * @throws InvalidRequestException if there is none
     */
    public Model resolve(String asked) {
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
        ModelClient client = provider.client(model);
        return new Model(colon < 0 && !model.isEmpty() ? name + ":" + model : name, model, client, provider.source());
    }

    private String usable() {
        return providers.values().stream()
                .filter(provider -> !(provider instanceof UnavailableProvider))
                .map(ModelProvider::name)
                .collect(Collectors.joining(", "));
    }

    /** What a request without a model gets; empty if nothing is configured and no provider has a default. */
    public Optional<Model> fallback() {
        return defaultModel
                .or(() -> providers.values().stream()
                        .filter(provider -> provider.defaultModel().isPresent())
                        .map(ModelProvider::name)
                        .findFirst())
                .map(this::resolve);
    }

    /** @param name the whole name, provider first; {@code source} is what its events say as theirs */
    public record Model(String name, String providersName, ModelClient client, String source) {}
}
