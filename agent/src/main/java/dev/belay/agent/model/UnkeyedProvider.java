package dev.belay.agent.model;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.Secret;
import java.util.Optional;

/**
 * A provider for which the server has no key of its own: it can be called with one that a request brings or a workspace has stored.
 *
 * @param reason what is missing; completes "the provider cannot be used: …"
 */
public record UnkeyedProvider(ModelProvider provider, String reason) implements ModelProvider {
    @Override
    public String name() {
        return provider.name();
    }

    @Override
    public String source() {
        return provider.source();
    }

    @Override
    public boolean usable() {
        return false;
    }

    @Override
    public ModelClient client(String model) {
        throw new InvalidRequestException("model", "the provider " + name() + " cannot be used: " + reason);
    }

    @Override
    public ModelClient client(String model, Secret key) {
        return provider.client(model, key);
    }

    @Override
    public Optional<String> defaultModel() {
        return provider.defaultModel();
    }
}
