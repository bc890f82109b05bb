package dev.belay.server.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A JSON answer that may take long. Until it is there a space goes out now and then, which JSON allows in front of a value: the connection
 * stays open, and a client that has left is noticed. For one thread.
 */
public final class PatientAnswer {
    private final HttpServletResponse response;
    private final Duration pause;

    /** @param pause how long nothing is sent */
    public PatientAnswer(Call call, Duration pause) {
        this.response = call.response();
        this.pause = pause;
    }

    /** What is waited for. */
    public interface Wait<T> {
        /** Empty if it is not there after that time. */
        Optional<T> within(Duration time) throws InterruptedException;
    }

    /**
     * Waits, and keeps the client company. The answer has begun as 200 once the first pause is over; {@link #begun} says whether.
     *
     * @throws EventSink.ReaderGoneException if the client has left
     */
    public <T> T await(Wait<T> wait) throws InterruptedException, EventSink.ReaderGoneException {
        while (true) {
            Optional<T> there = wait.within(pause);
            if (there.isPresent()) {
                return there.get();
            }
            try {
                if (!begun()) {
                    response.setStatus(200);
                    response.setContentType("application/json");
                }
                response.getOutputStream().write(' ');
                response.getOutputStream().flush();
            } catch (IOException e) {
                throw StreamResponse.gone(e);
            }
        }
    }

    /** Whether it is too late for another status. */
    public boolean begun() {
        return response.isCommitted();
    }

    /** The answer itself, as 200. */
    public void answer(Call call, JsonNode json) throws EventSink.ReaderGoneException {
        if (!begun()) {
            call.answer(200, json);
            return;
        }
        try {
            response.getOutputStream().write(Json.write(json));
        } catch (IOException e) {
            throw StreamResponse.gone(e);
        }
    }
}
