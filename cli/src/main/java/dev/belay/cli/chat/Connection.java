package dev.belay.cli.chat;

import dev.belay.api.BelayException;
import dev.belay.cli.server.ReachedServer;
import dev.belay.cli.terminal.Style;
import dev.belay.cli.terminal.Terminal;
import dev.belay.client.http.ServerRefusedException;
import dev.belay.client.http.ServerUnreachableException;
import dev.belay.client.session.Sessions;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** The way to the server, found again where it is lost: another process may serve the data directory by then, or this one has to. */
final class Connection {
    /** How long the same address is tried before the server is looked for again. */
    private static final Duration SAME_ADDRESS = Duration.ofSeconds(2);

    private static final Duration LONGEST_LOSS = Duration.ofMinutes(1);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private final ReachedServer server;
    private final Terminal terminal;

    Connection(ReachedServer server, Terminal terminal) {
        this.server = server;
        this.terminal = terminal;
    }

    /**
     * What the call returns, which is made again where there was no answer: only for what may be done twice.
     *
     * @throws ServerUnreachableException if the server was away for too long
     */
    <T> T ask(Function<Sessions, T> call) {
        Optional<Long> lostAt = Optional.empty();
        while (true) {
            long begun = System.nanoTime();
            try {
                return call.apply(server.sessions().withPatience(SAME_ADDRESS));
            } catch (ServerUnreachableException | ServerRefusedException e) {
                if (!isLost(e)) {
                    throw e;
                }
                long now = System.nanoTime();
                // What took longer than that was connected meanwhile.
                if (lostAt.isEmpty() || now - begun > LONGEST_LOSS.toNanos()) {
                    lostAt = Optional.of(now);
                    terminal.say("");
                    terminal.say(terminal.styled(Style.WARNING, "The connection to the server is lost; trying again."));
                } else if (now - lostAt.get() > LONGEST_LOSS.toNanos()) {
                    throw e;
                }
                pause(e);
                server.again();
            }
        }
    }

    /** Another process that serves the data directory has another token. */
    private boolean isLost(BelayException e) {
        return e instanceof ServerUnreachableException
                || (e instanceof ServerRefusedException refused && refused.status() == 401 && server.byToken());
    }

    private static void pause(BelayException why) {
        try {
            Thread.sleep(LOOK_AGAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }
}
