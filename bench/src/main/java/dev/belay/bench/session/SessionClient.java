package dev.belay.bench.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Makes sessions and speaks to them, over a few connections. */
final class SessionClient implements AutoCloseable {
    private static final int CONNECTIONS = 16;
    private static final Pattern ID = Pattern.compile("\"session_id\":\"([0-9a-f-]{36})\"");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    private final String url;

    SessionClient(String url) {
        this.url = url;
    }

    String create(String model) {
        Matcher id = ID.matcher(post("/agent/session", "{\"model\": \"" + model + "\"}"));
        if (!id.find()) {
            throw new IllegalStateException("no session was made");
        }
        return id.group(1);
    }

    /** One turn, to its end. */
    String say(String session) {
        return post("/agent/session/" + session + "/message", "{\"prompt\": \"Hello.\"}");
    }

    String post(String path, String body) {
        return send(HttpRequest.newBuilder(URI.create(url + path)).POST(BodyPublishers.ofString(body)), 200)
                .body();
    }

    String get(String path) {
        return send(HttpRequest.newBuilder(URI.create(url + path)), 200).body();
    }

    /** The lines of a turn as they come; to be read to the end, or closed. */
    Stream<String> talk(String session) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create(url + "/agent/session/" + session + "/message"))
                                .POST(BodyPublishers.ofString("{\"prompt\": \"Hello.\"}"))
                                .build(),
                        BodyHandlers.ofLines())
                .body();
    }

    private HttpResponse<String> send(HttpRequest.Builder request, int expected) {
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            if (response.statusCode() != expected) {
                throw new IllegalStateException("answered " + response.statusCode() + ": " + response.body());
            }
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Does something for each, several at once, and returns what came of it in order. */
    <A, B> List<B> each(List<A> all, Function<A, B> work) throws InterruptedException, ExecutionException {
        List<Future<B>> running =
                all.stream().map(one -> threads.submit(() -> work.apply(one))).toList();
        List<B> results = new ArrayList<>();
        for (Future<B> one : running) {
            results.add(one.get());
        }
        return results;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        http.close();
    }
}
