package dev.belay.agent.model;

import dev.belay.api.Secret;
import java.util.Optional;

/** Keys of model providers, by the provider's id. Where it has none, the server's own key is used, if there is one. */
@FunctionalInterface
public interface ProviderKeys {
    ProviderKeys NONE = _ -> Optional.empty();

    /**
     * The key for that provider, and for no other.
     *
     * @throws dev.belay.api.ConfigurationException if there is one that cannot be read; the message says what to do
     */
    Optional<Secret> find(String provider);
}
