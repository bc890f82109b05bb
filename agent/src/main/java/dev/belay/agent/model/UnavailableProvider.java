package dev.belay.agent.model;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.Secret;

/** A provider that Belay knows but cannot call: its address is not set, or it speaks a wire that this version does not. */
public record UnavailableProvider(String name, String reason) implements ModelProvider {
    @Override
    public String source() {
        return name;
    }

    @Override
    public boolean usable() {
        return false;
    }

    @Override
    public ModelClient client(String model) {
        throw new InvalidRequestException("model", "the provider " + name + " cannot be used: " + reason);
    }

    @Override
    public ModelClient client(String model, Secret key) {
        return client(model);
    }
}
