package dev.belay.server.codegraff;

import dev.belay.api.InvalidRequestException;
import dev.belay.api.SandboxId;
import dev.belay.api.event.Event;
import dev.belay.api.event.StreamId;
import dev.belay.eventlog.EventLog;
import dev.belay.eventlog.Subscription;
import dev.belay.eventlog.Subscription.ReaderTooSlowException;
import dev.belay.server.http.Call;
import dev.belay.server.http.EventSink.ReaderGoneException;
import dev.belay.server.http.OpenStreams;
import dev.belay.server.http.StreamResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code GET /v1/sandboxes/{id}/events}: what is recorded, then, if asked to follow, what comes. */
final class SandboxStream {
    private final EventLog log;
    private final OpenStreams streams;
    private final Duration heartbeat;

    SandboxStream(EventLog log, OpenStreams streams, Duration heartbeat) {
        this.log = log;
        this.streams = streams;
        this.heartbeat = heartbeat;
    }

    void answer(Call call, SandboxId id) throws InterruptedException {
        long after = call.query("after_seq")
                .or(() -> call.header("Last-Event-ID").filter(last -> !last.isEmpty()))
                .map(SandboxStream::seq)
                .orElse(0L);
        boolean follow = call.query("follow").map(SandboxStream::truth).orElse(false);
        StreamId stream = StreamId.of(id);
        try (OpenStreams.Place place = streams.enter();
                Subscription subscription = log.subscribe(call.scope(), stream, after)) {
            place.onClosing(false, subscription::close);
            StreamResponse response = StreamResponse.begin(call);
            carry(subscription, response, place, follow);
            response.end();
        } catch (ReaderGoneException | ReaderTooSlowException e) {
            // Whoever comes again with the last seq misses nothing.
        }
    }

    private void carry(Subscription subscription, StreamResponse response, OpenStreams.Place place, boolean follow)
            throws InterruptedException, ReaderGoneException, ReaderTooSlowException {
        while (!place.closing()) {
            Optional<Subscription.Delivery> next = subscription.next(Duration.ZERO);
            if (next.isEmpty()) {
                response.flush();
                if (!follow) {
                    return;
                }
                next = subscription.next(heartbeat);
            }
            if (next.isEmpty() && !place.closing()) {
                response.write("heartbeat", OptionalLong.empty(), "{\"type\":\"heartbeat\"}");
            } else if (next.isPresent() && next.get() instanceof Subscription.Delivery.Durable(Event event)) {
                SandboxEvents.Line line = SandboxEvents.of(event);
                response.write(line.type(), OptionalLong.of(event.seq()), line.json());
            }
        }
    }

    private static long seq(String text) {
        try {
            long seq = Long.parseLong(text);
            if (seq >= 0) {
                return seq;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new InvalidRequestException("after_seq", "after_seq must be a whole number, 0 or more");
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidRequestException("follow", "follow must be true or false");
        };
    }
}
