package dev.belay.agent.model;

import dev.belay.api.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All models that can be named: {@code PROVIDER:MODEL}, or {@code PROVIDER} alone for its default. */
public final class Models {
    private final Map<String, ModelProvider> providers = new LinkedHashMap<>();
    private final Optional<String> defaultModel;

    /** @param defaultModel what a request without a model gets */
    public Models(List<ModelProvider> providers, Optional<String> defaultModel) {
        providers.forEach(provider -> this.providers.put(provider.name(), provider));
        this.defaultModel = defaultModel;
    }

    /**
     * The model of that name.
     *
     * @throws InvalidRequestException if there is none
     */
    public Model resolve(String name) {
        int colon = name.indexOf(':');
        ModelProvider provider = providers.get(colon < 0 ? name : name.substring(0, colon));
        if (provider == null) {
            throw new InvalidRequestException(
                    "model",
                    "unknown model \"" + name + "\"; a model is named PROVIDER:MODEL, and the providers here are "
                            + String.join(", ", providers.keySet()));
        }
        String model = colon < 0 ? "" : name.substring(colon + 1);
        return new Model(name, model, provider.client(model), provider.source());
    }

    /** What a request without a model gets; empty if nothing is configured. */
    public Optional<Model> fallback() {
        return defaultModel.map(this::resolve);
    }

    /** @param name the whole name, provider first; {@code source} is what its events say as theirs */
    public record Model(String name, String providersName, ModelClient client, String source) {}
}
