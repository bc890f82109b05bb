package dev.belay.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of a running server. Every answer that it gets is held against the server's own description. */
public final class Api {
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    private final String url;
    private final Map<String, String> headers;

    public Api(String url, Map<String, String> headers) {
        this.url = url;
        this.headers = Map.copyOf(headers);
    }

    /** The same client with one more header. */
    public Api with(String name, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(name, value);
        return new Api(url, more);
    }

    /** An answer that is not a stream. */
    public record Answer(int status, Optional<String> contentType, String text, HttpResponse<?> http) {
        public JsonNode json() {
            return JsonMapper.shared().readTree(text);
        }

        public String errorCode() {
            return json().at("/error/code").asString();
        }

        public String errorMessage() {
            return json().at("/error/message").asString();
        }

        public String errorField() {
            return json().at("/error/field").asString();
        }
    }

    public Answer get(String path) {
        return call("GET", path, new byte[0]);
    }

    public Answer post(String path, String body) {
        return call("POST", path, body.getBytes(StandardCharsets.UTF_8));
    }

    public Answer call(String method, String path, byte[] body) {
        HttpResponse<byte[]> response = send(request(method, path, body), BodyHandlers.ofByteArray());
        Answer answer = new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type"),
                new String(response.body(), StandardCharsets.UTF_8),
                response);
        Description.check(method, path, answer);
        return answer;
    }

    /** Posts to {@code /agent/run} and reads the stream to its end. */
    public Lines run(String body) {
        return stream("POST", "/agent/run", body).toEnd();
    }

    /** A session's events, from the one after that, to the stream's end. */
    public Lines events(String session, String query) {
        return stream("GET", "/agent/session/" + session + "/events" + query, "")
                .toEnd();
    }

    public JsonNode status(String session) {
        return get("/agent/session/" + session + "/status").json();
    }

    /** Opens a stream of lines. */
    public Stream stream(String method, String path, String body) {
        HttpResponse<InputStream> response =
                send(request(method, path, body.getBytes(StandardCharsets.UTF_8)), BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            try {
                throw new AssertionError("the answer is " + response.statusCode() + ": "
                        + new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Stream(response);
    }

    private HttpRequest request(String method, String path, byte[] body) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofMinutes(2))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        headers.forEach(builder::header);
        return builder.build();
    }

    private static <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return HTTP.send(request, handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A stream that is being read. */
    public static final class Stream implements AutoCloseable {
        private final HttpResponse<InputStream> response;
        private final BufferedReader reader;

        Stream(HttpResponse<InputStream> response) {
            this.response = response;
            this.reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        public HttpResponse<InputStream> response() {
            return response;
        }

        /** The next line as it was sent; empty at the end. */
        public Optional<String> nextText() {
            try {
                return Optional.ofNullable(reader.readLine());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The next event; fails at the end. */
        public JsonNode next() {
            String line = nextText().orElseThrow(() -> new AssertionError("the stream has ended"));
            JsonNode json = JsonMapper.shared().readTree(line);
            Description.checkLine(json);
            return json;
        }

        /** Reads on to an event of that type. */
        public JsonNode next(String type) {
            while (true) {
                JsonNode line = next();
                if (line.get("type").asString().equals(type)) {
                    return line;
                }
            }
        }

        public Lines toEnd() {
            List<String> lines = new ArrayList<>();
            for (Optional<String> line = nextText(); line.isPresent(); line = nextText()) {
                lines.add(line.get());
            }
            return new Lines(lines);
        }

        @Override
        public void close() {
            try {
                response.body().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
