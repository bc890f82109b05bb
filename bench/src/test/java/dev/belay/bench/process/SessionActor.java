package dev.belay.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody who does one thing after another with the sessions that are his, whatever comes to his mind, until the server dies. */
final class SessionActor {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MOST_SESSIONS = 3;

    /** What can be done in the life of a session. */
    enum Deed {
        CREATE,
        MESSAGE,
        QUEUE,
        STEER,
        INTERRUPT,
        ANSWER,
        COMPACT,
        FORK,
        DELETE,
        PUT_FILE,
        REMOVE_FILE,
        LOOK,
        REST
    }

    private static final List<Deed> DEEDS = List.of(
            Deed.MESSAGE,
            Deed.MESSAGE,
            Deed.MESSAGE,
            Deed.QUEUE,
            Deed.QUEUE,
            Deed.STEER,
            Deed.INTERRUPT,
            Deed.ANSWER,
            Deed.ANSWER,
            Deed.ANSWER,
            Deed.ANSWER,
            Deed.COMPACT,
            Deed.FORK,
            Deed.DELETE,
            Deed.PUT_FILE,
            Deed.PUT_FILE,
            Deed.REMOVE_FILE,
            Deed.LOOK,
            Deed.REST);

    private final Random random;
    private final List<SessionLife> lives = new CopyOnWriteArrayList<>();
    private final Map<Deed, Integer> done = new EnumMap<>(Deed.class);
    private int count;

    SessionActor(Random random) {
        this.random = random;
    }

    List<SessionLife> lives() {
        return lives;
    }

    /** How often each was acknowledged. */
    Map<Deed, Integer> done() {
        return done;
    }

    /** Acts until the server is gone. */
    void act(Client client) {
        try {
            while (true) {
                List<SessionLife> alive =
                        lives.stream().filter(SessionLife::alive).toList();
                Deed deed = alive.isEmpty() ? Deed.CREATE : DEEDS.get(random.nextInt(DEEDS.size()));
                SessionLife life = alive.isEmpty() ? null : alive.get(random.nextInt(alive.size()));
                if (life == null || (deed == Deed.DELETE && alive.size() == 1)) {
                    create(client);
                } else if (take(deed, client, life)) {
                    done.merge(deed, 1, Integer::sum);
                }
                Thread.sleep(random.nextInt(60));
            }
        } catch (IOException e) {
            // The server was killed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void create(Client client) throws IOException, InterruptedException {
        boolean asks = random.nextBoolean();
        HttpResponse<String> made =
                client.send("POST", "/agent/session", """
                {"model": "scripted:life", "stream_deltas": true, "ask_user": true, "permission_mode": "%s"}""".formatted(asks ? "default" : "bypassPermissions"));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        lives.add(new SessionLife(JSON.readTree(made.body()).get("session_id").asString(), 0));
        done.merge(Deed.CREATE, 1, Integer::sum);
    }

    /** Whether it was acknowledged. */
    private boolean take(Deed deed, Client client, SessionLife life) throws IOException, InterruptedException {
        return switch (deed) {
            case MESSAGE -> say(client, life, "");
            case QUEUE -> say(client, life, ", \"queue\": true");
            case STEER -> say(client, life, ", \"steer\": true");
            case INTERRUPT -> well(client.send("POST", life.path() + "/interrupt", ""));
            case ANSWER -> answer(client, life);
            case COMPACT -> compact(client, life);
            case FORK -> fork(client, life);
            case DELETE -> delete(client, life);
            case PUT_FILE -> putFile(client, life);
            case REMOVE_FILE -> removeFile(client, life);
            case LOOK -> well(client.send("GET", life.path() + "/status", ""));
            case REST -> rest();
            case CREATE -> false;
        };
    }

    /** What is not possible now may be refused; the server itself does not fail. */
    private static boolean well(HttpResponse<?> answer) {
        assertThat(answer.statusCode()).as("%s", answer.body()).isNotIn(500, 502, 504, 507);
        return answer.statusCode() < 300;
    }

    private boolean say(Client client, SessionLife life, String how) throws IOException, InterruptedException {
        HttpResponse<InputStream> stream =
                client.open(life.path() + "/message", "{\"prompt\": \"word " + count++ + "\"" + how + "}");
        Thread.ofVirtual().start(() -> life.follow(stream));
        return well(stream);
    }

    private boolean answer(Client client, SessionLife life) throws IOException, InterruptedException {
        List<JsonNode> open = life.openAsks();
        if (open.isEmpty()) {
            return false;
        }
        String ask = open.get(random.nextInt(open.size())).get("id").asString();
        String behavior = random.nextInt(4) == 0 ? "deny" : "allow";
        boolean given = well(client.send(
                "POST",
                life.path() + "/permissions/" + ask,
                "{\"behavior\": \"" + behavior + "\", \"message\": \"that way\"}"));
        if (given) {
            life.answered(ask, behavior);
        }
        return given;
    }

    private static boolean compact(Client client, SessionLife life) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send("POST", life.path() + "/compact", "");
        boolean compacted =
                well(answer) && JSON.readTree(answer.body()).get("compacted").asBoolean();
        if (compacted) {
            life.compacted();
        }
        return compacted;
    }

    private boolean fork(Client client, SessionLife life) throws IOException, InterruptedException {
        if (lives.stream().filter(SessionLife::alive).count() >= MOST_SESSIONS) {
            return delete(client, life);
        }
        HttpResponse<String> answer = client.send("POST", life.path() + "/fork", "{}");
        if (!well(answer)) {
            return false;
        }
        JsonNode made = JSON.readTree(answer.body());
        lives.add(new SessionLife(
                made.get("session_id").asString(), made.get("after_seq").asLong()));
        return true;
    }

    private static boolean delete(Client client, SessionLife life) throws IOException, InterruptedException {
        life.deletionBegins();
        boolean gone = well(client.send("DELETE", life.path(), ""));
        assertThat(gone).as("a session that is there can be deleted").isTrue();
        life.deleted();
        return true;
    }

    private boolean putFile(Client client, SessionLife life) throws IOException, InterruptedException {
        String name = "file-" + random.nextInt(3);
        String content = "content " + count++;
        life.fileMayChange(name);
        boolean put = well(client.send("PUT", life.path() + "/files/" + name, content));
        if (put) {
            life.fileIs(name, Optional.of(content));
        }
        return put;
    }

    private boolean removeFile(Client client, SessionLife life) throws IOException, InterruptedException {
        String name = "file-" + random.nextInt(3);
        life.fileMayChange(name);
        boolean removed = well(client.send("DELETE", life.path() + "/files/" + name, ""));
        if (removed) {
            life.fileIs(name, Optional.empty());
        }
        return removed;
    }

    /** Long enough for a session to hibernate. */
    private boolean rest() throws InterruptedException {
        Thread.sleep(1200);
        return true;
    }
}
