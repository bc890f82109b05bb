package dev.belay.agent.model;

import java.util.Optional;

/** A source of models: a vendor, a compatible endpoint, the scripts. */
public interface ModelProvider {
    /** The word before the colon in a model's name, for example {@code scripted}; also the source of the events it produces. */
    String name();

    /** What the events that come from its models say as their source. */
    String source();

    /**
     * The client for one of its models.
     *
     * @throws dev.belay.api.InvalidRequestException if it has no such model; the message says what it has
     */
    ModelClient client(String model);

    /** The model that its name alone stands for, and that a request without a model gets if nothing is configured; empty for none. */
    default Optional<String> defaultModel() {
        return Optional.empty();
    }
}
