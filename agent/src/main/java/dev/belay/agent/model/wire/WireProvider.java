package dev.belay.agent.model.wire;

import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.api.InvalidRequestException;
import java.util.Optional;
import java.util.function.Function;

/** A provider of the catalogue, called over a wire. */
public final class WireProvider implements ModelProvider {
    private final Endpoint endpoint;
    private final Optional<String> defaultModel;
    private final Function<String, ModelClient> clients;

    /** @param clients the client for one of its models */
    public WireProvider(Endpoint endpoint, Optional<String> defaultModel, Function<String, ModelClient> clients) {
        this.endpoint = endpoint;
        this.defaultModel = defaultModel;
        this.clients = clients;
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
        if (model.isBlank()) {
            throw new InvalidRequestException("model", "name a model, as " + name() + ":MODEL");
        }
        return clients.apply(model);
    }
}
