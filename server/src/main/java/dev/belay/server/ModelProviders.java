package dev.belay.server;

import dev.belay.agent.anthropic.AnthropicProvider;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.Models;
import dev.belay.agent.model.UnavailableProvider;
import dev.belay.agent.model.UnkeyedProvider;
import dev.belay.agent.model.catalogue.Catalogue;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.model.catalogue.Prices;
import dev.belay.agent.model.scripted.ScriptedProvider;
import dev.belay.agent.openai.OpenAiProvider;
import dev.belay.server.config.Configuration;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** All models that there are: the scripted ones, and those of the catalogue with what the environment and the configuration say of them. */
public final class ModelProviders {
    private ModelProviders() {}

    static Models models(
            Path directory, Configuration configuration, Map<String, String> environment, InstantSource clock) {
        Catalogue catalogue = Catalogue.standard();
        Prices prices = Prices.standard().with(directory.resolve("prices.json"));
        List<ModelProvider> providers = new ArrayList<>();
        providers.add(new ScriptedProvider(directory.resolve("scripts")));
        for (Catalogue.Provider entry : catalogue.providers()) {
            providers.add(
                    switch (endpoint(entry, configuration.models(), environment)) {
                        case Endpoint.Found.Missing(String reason) -> new UnavailableProvider(entry.id(), reason);
                        case Endpoint.Found.NeedsKey(Endpoint endpoint, String reason) ->
                            new UnkeyedProvider(provider(entry, endpoint, prices, clock), reason);
                        case Endpoint.Found.Usable(Endpoint endpoint) -> provider(entry, endpoint, prices, clock);
                    });
        }
        catalogue.refused().forEach(entry -> providers.add(new UnavailableProvider(entry.id(), entry.reason())));
        return new Models(
                providers,
                catalogue::wholeName,
                new Models.Defaults(
                        configuration.agent().model(), configuration.models().fallback()));
    }

    private static Endpoint.Found endpoint(
            Catalogue.Provider entry, Configuration.ModelSettings settings, Map<String, String> environment) {
        return Endpoint.find(
                entry,
                environment,
                Optional.ofNullable(settings.keys().get(entry.id())),
                Optional.ofNullable(settings.baseUrls().get(entry.id())),
                settings.idle(),
                settings.answer());
    }

    private static ModelProvider provider(
            Catalogue.Provider entry, Endpoint endpoint, Prices prices, InstantSource clock) {
        Function<String, PricedModel> priced = model -> prices.find(entry.id(), model);
        return switch (entry.wire()) {
            case MESSAGES -> AnthropicProvider.at(endpoint, entry.defaultModel(), priced, clock);
            case CHAT, RESPONSES ->
                OpenAiProvider.at(
                        endpoint,
                        model -> entry.wire(model) == Catalogue.Wire.RESPONSES,
                        entry.defaultModel(),
                        priced,
                        clock);
        };
    }

    /** The ids of the catalogue's providers that somebody has given a key or an address. */
    public static List<String> ready(Configuration configuration, Map<String, String> environment) {
        return Catalogue.standard().providers().stream()
                .filter(entry -> endpoint(entry, configuration.models(), environment)
                                instanceof Endpoint.Found.Usable(Endpoint endpoint)
                        && (!endpoint.key().value().isEmpty()
                                || configuration.models().baseUrls().containsKey(entry.id())))
                .map(Catalogue.Provider::id)
                .toList();
    }
}
