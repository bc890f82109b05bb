package dev.belay.client.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests and answers of one server, for the other packages of this module. */
public final class Wire implements AutoCloseable {
    public static final String BYTES = "application/octet-stream";
    public static final String NDJSON = "application/x-ndjson";
    /** How long an ordinary answer may take. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int LARGEST_ANSWER = 64 << 20;
    private static final int LONGEST_SHOWN = 500;

    private final HttpClient http;
    private final String url;
    private final Optional<String> key;

    /** @param url without a slash at its end */
    public Wire(String url, Optional<String> key, Optional<ServerCertificate> certificate) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        certificate.ifPresent(known -> builder.sslContext(known.context()));
        http = builder.build();
        this.url = url;
        this.key = key;
    }

    /** A path below the server's address, with parameters whose values are escaped here. */
    public static String path(String path, Map<String, String> query) {
        return query.isEmpty()
                ? path
                : path + "?"
                        + query.entrySet().stream()
                                .map(one -> one.getKey() + "=" + escaped(one.getValue()))
                                .collect(Collectors.joining("&"));
    }

    /** As a part of a path, or a value of a query. */
    public static String escaped(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Sends a request without a body and returns the JSON that comes; a missing node if none does. */
    public JsonNode call(String method, String path) {
        return json(method, path, BodyPublishers.noBody(), "application/json", PATIENCE);
    }

    /** As above, with a body. */
    public JsonNode call(String method, String path, JsonNode body, Duration patience) {
        return json(method, path, bytes(body), "application/json", patience);
    }

    /** A body. */
    public static BodyPublisher bytes(JsonNode body) {
        return BodyPublishers.ofByteArray(JsonMapper.shared().writeValueAsBytes(body));
    }

    /** @param patience for the whole answer */
    public JsonNode json(String method, String path, BodyPublisher body, String contentType, Duration patience) {
        HttpResponse<byte[]> response = send(
                request(method, path, body, contentType).build(),
                BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER),
                patience);
        JsonNode answer = parsed(response.body());
        if (response.statusCode() / 100 != 2) {
            throw refused(response.statusCode(), answer, response.body());
        }
        return answer;
    }

    /** Sends a request whose answer is read as it comes, for as long as it takes; the caller closes it. */
    public InputStream stream(String method, String path, BodyPublisher body, String accept) {
        return stream(method, path, body, Map.of("Accept", accept));
    }

    /** As above, with these headers. */
    public InputStream stream(String method, String path, BodyPublisher body, Map<String, String> headers) {
        HttpRequest.Builder request = request(method, path, body, "application/json");
        headers.forEach(request::header);
        HttpResponse<InputStream> response = send(request.build(), BodyHandlers.ofInputStream(), PATIENCE);
        if (response.statusCode() / 100 == 2) {
            return response.body();
        }
        try (InputStream in = response.body()) {
            byte[] said = in.readNBytes(1 << 20);
            throw refused(response.statusCode(), parsed(said), said);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private HttpRequest.Builder request(String method, String path, BodyPublisher body, String contentType) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", contentType)
                .method(method, body);
        key.ifPresent(known -> request.header("Authorization", "Bearer " + known));
        return request;
    }

    private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler, Duration patience) {
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, handler);
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw broken(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new ServerUnreachableException(
                    "the server at " + url + " did not answer within " + patience.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new ServerUnreachableException("interrupted while the server at " + url + " was asked", e);
        }
    }

    /** What is thrown where there is no answer. */
    public ServerUnreachableException broken(Throwable why) {
        return new ServerUnreachableException("the server at " + url + " does not answer: " + why, why);
    }

    private static JsonNode parsed(byte[] body) {
        try {
            return JsonMapper.shared().readTree(body);
        } catch (JacksonException e) {
            return JsonMapper.shared().missingNode();
        }
    }

    private static ServerRefusedException refused(int status, JsonNode answer, byte[] body) {
        JsonNode error = answer.path("error");
        if (!error.path("message").isString()) {
            // Something between us and the server answered, a proxy for example.
            String text = new String(body, 0, Math.min(body.length, LONGEST_SHOWN), StandardCharsets.UTF_8);
            return new ServerRefusedException(
                    status, "http_" + status, "the server answered " + status + ": " + text, Optional.empty());
        }
        String code = error.path("type").asString(error.path("code").asString("http_" + status));
        Optional<String> field =
                Optional.of(error.path("field")).filter(JsonNode::isString).map(JsonNode::stringValue);
        return new ServerRefusedException(status, code, error.path("message").stringValue(), field);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
