package dev.belay.client.sandbox;

import dev.belay.client.http.ServerUnreachableException;
import dev.belay.client.http.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/** A sandbox's events in order. For one thread; another one may close it. */
public final class SandboxEvents implements AutoCloseable {
    private final Wire wire;
    private final InputStream in;
    private final BufferedReader lines;

    SandboxEvents(Wire wire, InputStream in) {
        this.wire = wire;
        this.in = in;
        this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    /**
     * The next one, which is waited for if they are followed; empty at the end.
     *
     * @throws ServerUnreachableException if the stream broke off; who asks again from the last {@code seq} misses nothing
     */
    public Optional<SandboxEvent> next() {
        try {
            String line = lines.readLine();
            while (line != null) {
                Optional<SandboxEvent> event = SandboxCodec.event(line);
                if (event.isPresent()) {
                    return event;
                }
                line = lines.readLine();
            }
            return Optional.empty();
        } catch (IOException | JacksonException e) {
            throw wire.broken(e);
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw wire.broken(e);
        }
    }
}
