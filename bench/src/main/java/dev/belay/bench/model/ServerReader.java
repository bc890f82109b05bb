package dev.belay.bench.model;

import dev.belay.bench.process.ModelAccess;
import dev.belay.modeldouble.Style;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;

/** A whole server in a process of its own: the lines of {@code POST /agent/run} with pieces. */
record ServerReader(String url) implements Reader {
    @Override
    public String name() {
        return "POST /agent/run";
    }

    @Override
    public Pieces read(Style style, Scenes.Scene scene) throws IOException {
        byte[] body = ("{\"prompt\":\"" + scene.prompt() + "\",\"model\":\"" + ModelAccess.model(style)
                        + "\",\"stream_deltas\":true}")
                .getBytes(StandardCharsets.UTF_8);
        Pieces pieces = new Pieces();
        HttpURLConnection http =
                (HttpURLConnection) URI.create(url + "/agent/run").toURL().openConnection();
        http.setRequestMethod("POST");
        http.setRequestProperty("Content-Type", "application/json");
        http.setDoOutput(true);
        http.setFixedLengthStreamingMode(body.length);
        http.getOutputStream().write(body);
        String last = "";
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(http.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains("\"text_delta\"")) {
                    pieces.arrived(JsonMapper.shared()
                            .readTree(line)
                            .required("content")
                            .asString());
                }
                last = line;
            }
        }
        if (!last.contains("\"success\"")) {
            throw new IOException("the run failed: " + last);
        }
        return pieces;
    }
}
