package dev.belay.bench.model;

import dev.belay.agent.anthropic.AnthropicProvider;
import dev.belay.agent.model.Message;
import dev.belay.agent.model.ModelClient;
import dev.belay.agent.model.ModelException;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.agent.model.catalogue.PricedModel;
import dev.belay.agent.openai.OpenAiProvider;
import dev.belay.api.Secret;
import dev.belay.api.event.Delta;
import dev.belay.modeldouble.Style;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The client of a wire, in this process: what the engine hears. */
final class ClientReader implements Reader {
    private final Map<Style, ModelClient> clients = new EnumMap<>(Style.class);

    ClientReader(String models) {
        Endpoint anthropic = endpoint(models);
        Endpoint openai = endpoint(models + "/v1");
        clients.put(
                Style.MESSAGES,
                AnthropicProvider.at(anthropic, Optional.empty(), _ -> PricedModel.UNKNOWN, InstantSource.system())
                        .client("m"));
        for (Style style : List.of(Style.CHAT, Style.RESPONSES)) {
            clients.put(
                    style,
                    OpenAiProvider.at(
                                    openai,
                                    _ -> style == Style.RESPONSES,
                                    Optional.empty(),
                                    _ -> PricedModel.UNKNOWN,
                                    InstantSource.system())
                            .client("m"));
        }
    }

    private static Endpoint endpoint(String url) {
        return new Endpoint("bench", url, new Secret("key", "none"), Duration.ofSeconds(60), Duration.ofMinutes(5));
    }

    @Override
    public String name() {
        return "the wire's client";
    }

    @Override
    public Pieces read(Style style, Scenes.Scene scene) throws IOException, InterruptedException {
        Pieces pieces = new Pieces();
        try {
            ModelClient client = clients.get(style);
            if (client == null) {
                throw new IllegalArgumentException("no client for " + style);
            }
            client.ask(
                    new ModelRequest("m", "", List.of(), List.of(new Message.User(scene.prompt())), 0),
                    new ModelListener() {
                        @Override
                        public void delta(Delta.Kind kind, String text) {
                            pieces.arrived(text);
                        }

                        @Override
                        public void block(Message.Block block) {
                            // The pieces of it were timed.
                        }
                    });
            return pieces;
        } catch (ModelException e) {
            throw new IOException(e);
        }
    }
}
