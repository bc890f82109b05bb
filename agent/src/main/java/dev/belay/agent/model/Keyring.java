package dev.belay.agent.model;

import dev.belay.api.Scope;
import dev.belay.api.Secret;
import dev.belay.api.SecretsInUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The keys that turns call models with: those that came with the request, before those that the workspace stored (the server's own come last;
 * each provider has that itself). Safe for many threads.
 */
public final class Keyring {
    private final SecretsInUse inUse;
    private final Function<Scope, ProviderKeys> stored;

    /**
     * @param inUse is told of keys as long as they are used
     * @param stored what a workspace has stored
     */
    public Keyring(SecretsInUse inUse, Function<Scope, ProviderKeys> stored) {
        this.inUse = inUse;
        this.stored = stored;
    }

    /** A ring without stored keys. */
    public static Keyring empty() {
        return new Keyring(new SecretsInUse(), _ -> ProviderKeys.NONE);
    }

    /** The keys of one turn; those that it uses are known to the redactor until it is closed. For one thread. */
    public final class Held implements ProviderKeys, AutoCloseable {
        private final Map<String, Secret> ofRequest;
        private final ProviderKeys ofWorkspace;
        private final List<SecretsInUse.Hold> holds = new ArrayList<>();

        private Held(Scope scope, Map<String, Secret> ofRequest) {
            this.ofRequest = ofRequest;
            this.ofWorkspace = stored.apply(scope);
            holds.add(inUse.hold(List.copyOf(ofRequest.values())));
        }

        @Override
        public Optional<Secret> find(String provider) {
            Secret sent = ofRequest.get(provider);
            if (sent != null) {
                return Optional.of(sent);
            }
            Optional<Secret> found = ofWorkspace.find(provider);
            holds.add(inUse.hold(found.stream().toList()));
            return found;
        }

        /** Closing it again does nothing. */
        @Override
        public void close() {
            holds.forEach(SecretsInUse.Hold::close);
        }
    }

    /** @param ofRequest by the provider's id */
    public Held hold(Scope scope, Map<String, Secret> ofRequest) {
        return new Held(scope, Map.copyOf(ofRequest));
    }
}
