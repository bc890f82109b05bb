package dev.belay.agent.model.wire;

import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Secret;
import java.util.Optional;
import java.util.function.BiFunction;

/** A provider of the catalogue, called over a wire. */
public final class WireProvider implements ModelProvider {
    private final Endpoint endpoint;
    private final Optional<String> defaultModel;
    private final BiFunction<String, Secret, ModelClient> clients;
    private final Runnable warmUp;

    /**
     * @param clients the client for one of its models, called with that key
     * @param warmUp loads what a first call needs, without calling the provider
     */
    public WireProvider(
            Endpoint endpoint,
            Optional<String> defaultModel,
            BiFunction<String, Secret, ModelClient> clients,
            Runnable warmUp) {
        this.endpoint = endpoint;
        this.defaultModel = defaultModel;
        this.clients = clients;
        this.warmUp = warmUp;
    }

    @Override
    public String name() {
        return endpoint.provider();
    }

    @Override
    public String source() {
        return endpoint.provider();
    }

    @Override
    public Optional<String> defaultModel() {
        return defaultModel;
    }

    @Override
    public ModelClient client(String model) {
        return client(model, endpoint.key());
    }

    @Override
    public ModelClient client(String model, Secret key) {
        if (model.isBlank()) {
            throw new InvalidRequestException("model", "name a model, as " + name() + ":MODEL");
        }
        return clients.apply(model, key);
    }

    /** Only where the server has a key: what nobody calls costs nothing. */
    @Override
    public void warmUp() {
        if (!endpoint.key().value().isEmpty()) {
            warmUp.run();
        }
    }
}
