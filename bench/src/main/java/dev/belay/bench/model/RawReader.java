package dev.belay.bench.model;

import dev.belay.modeldouble.Style;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** The floor: the lines of the stream from a plain socket, without a look into them. */
record RawReader(URI models) implements Reader {
    @Override
    public String name() {
        return "raw stream (floor)";
    }

    @Override
    public Pieces read(Style style, Scenes.Scene scene) throws IOException {
        String path = switch (style) {
            case MESSAGES -> "/v1/messages";
            case CHAT -> "/v1/chat/completions";
            case RESPONSES -> "/v1/responses";
        };
        String body = scene.prompt();
        String mark = Scenes.mark(style);
        Pieces pieces = new Pieces();
        try (Socket socket = new Socket(models.getHost(), models.getPort())) {
            socket.setTcpNoDelay(true);
            socket.getOutputStream()
                    .write(("POST " + path + " HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains(mark)) {
                    pieces.arrived(line);
                }
            }
        }
        return pieces;
    }
}
