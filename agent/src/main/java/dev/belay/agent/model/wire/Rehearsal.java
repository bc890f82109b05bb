package dev.belay.agent.model.wire;

import dev.belay.agent.model.Message;
import dev.belay.agent.model.Message.Block;
import dev.belay.agent.model.ModelListener;
import dev.belay.agent.model.ModelProvider;
import dev.belay.agent.model.ModelRequest;
import dev.belay.agent.model.catalogue.Endpoint;
import dev.belay.api.JsonText;
import dev.belay.api.Secret;
import dev.belay.api.event.Delta;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of a model that is none: a socket of this process plays a prepared answer, over the same classes that a real call needs. A vendor's
 * client loads thousands of them, which the first call of a user need not wait for.
 */
public final class Rehearsal {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final ModelRequest REQUEST = new ModelRequest(
            "rehearsal",
            "A system prompt.",
            List.of(new ModelRequest.ToolDefinition("Tool", "A tool.", new JsonText("{\"type\":\"object\"}"))),
            List.of(
                    new Message.User("A prompt."),
                    new Message.Assistant(
                            List.of(new Block.Text("A text."), new Block.ToolUse("1", "Tool", JsonText.EMPTY_OBJECT))),
                    new Message.ToolResults(List.of(new Message.ToolResult("1", "A result.", false)))),
            0);

    private Rehearsal() {}

    /**
     * Plays it; that it fails is only noted.
     *
     * @param at the provider at another address
     * @param events what a model of its wire says, as server-sent events
     */
    public static void play(String provider, Function<Endpoint, ModelProvider> at, String model, String events) {
        try (ServerSocket stage = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(stage, events));
            Endpoint endpoint = new Endpoint(
                    provider,
                    "http://127.0.0.1:" + stage.getLocalPort(),
                    new Secret("rehearsal", "none"),
                    PATIENCE,
                    PATIENCE);
            at.apply(endpoint).client(model).ask(REQUEST, new Nobody());
        } catch (IOException | RuntimeException e) {
            LOG.debug("the rehearsal of {} failed", provider, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(ServerSocket stage, String events) {
        try (Socket connection = stage.accept()) {
            readRequest(connection.getInputStream());
            String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
            connection.getOutputStream().write((head + events).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.debug("the rehearsal was left", e);
        }
    }

    private static void readRequest(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                return;
            }
            head.append((char) c);
        }
        for (String line : head.toString().split("\r\n", -1)) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                in.skipNBytes(Integer.parseInt(line.substring(15).strip()));
            }
        }
    }

    private static final class Nobody implements ModelListener {
        @Override
        public void delta(Delta.Kind kind, String text) {}

        @Override
        public void block(Block block) {}
    }
}
