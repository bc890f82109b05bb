package dev.belay.agent.model;

import dev.belay.api.Secret;
import java.util.Optional;

/** A source of models: a vendor, a compatible endpoint, the scripts. */
public interface ModelProvider {
    /** The word before the colon in a model's name, for example {@code scripted}; also the source of the events it produces. */
    String name();

    /** What the events that come from its models say as their source. */
    String source();

    /** Whether it can be called as it is, without a key that comes from elsewhere. */
    default boolean usable() {
        return true;
    }

    /**
     * The client for one of its models, called with the key that the server has for it.
     *
     * @throws dev.belay.api.InvalidRequestException if it has no such model, or no key; the message says what it has or needs
     */
    ModelClient client(String model);

    /** As {@link #client(String)}, called with that key instead. A provider that takes no key leaves it alone. */
    default ModelClient client(String model, Secret key) {
        return client(model);
    }

    /** The model that its name alone stands for, and that a request without a model gets if nothing is configured; empty for none. */
    default Optional<String> defaultModel() {
        return Optional.empty();
    }

    /** Makes ready for a first call what takes time, without calling anybody. */
    default void warmUp() {}
}
