package dev.belay.agent.session;

import dev.belay.agent.model.Keyring;
import dev.belay.agent.model.Models;
import dev.belay.agent.model.Models.Model;
import dev.belay.agent.session.request.RunOptions;
import dev.belay.agent.subagent.SubagentDefinition;
import dev.belay.api.InvalidRequestException;
import dev.belay.api.Scope;
import dev.belay.api.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models of one run, and the keys that they are called with. The redactor knows those keys until this is closed.
 *
 * @param first empty if the request names none and none is configured
 * @param fallback what the turn goes on with when the first cannot be had
 * @param ofAgents what sub-agents ask that name a model, by their names
 */
record RunModels(Optional<Model> first, Optional<Model> fallback, Map<String, Model> ofAgents, Keyring.Held keys)
        implements AutoCloseable {
    /** @throws dev.belay.api.InvalidRequestException if the request names a model that there is not, or for which there is no key */
    static RunModels choose(
            Models models, Keyring keyring, Scope scope, RunOptions options, Map<String, Secret> ofRequest) {
        Keyring.Held keys = keyring.hold(scope, ofRequest);
        try {
            Optional<Model> first =
                    options.model().map(name -> models.resolve(name, keys)).or(() -> models.byDefault(keys));
            return new RunModels(
                    first,
                    first.flatMap(one -> models.fallback(options.fallbackModel(), one, keys)),
                    ofAgents(models, options.agents(), keys),
                    keys);
        } catch (RuntimeException | Error e) {
            keys.close();
            throw e;
        }
    }

    private static Map<String, Model> ofAgents(Models models, List<SubagentDefinition> agents, Keyring.Held keys) {
        Map<String, Model> found = new HashMap<>();
        for (SubagentDefinition agent : agents) {
            try {
                agent.model().ifPresent(name -> found.put(agent.name(), models.resolve(name, keys)));
            } catch (InvalidRequestException e) {
                throw new InvalidRequestException(agent.field("model"), agent.field("model") + ": " + e.text());
            }
        }
        return found;
    }

    /** The whole name of the first, or {@code none}. */
    String name() {
        return first.map(Model::name).orElse("none");
    }

    /** Closing it again does nothing. */
    @Override
    public void close() {
        keys.close();
    }
}
