package dev.belay.sandbox.local.exec;

import dev.belay.sandbox.local.wire.MessageReader;
import dev.belay.sandbox.local.wire.ProgramChannel;
import dev.belay.sandbox.local.wire.ProgramStream;
import dev.belay.sandbox.tool.ToolCall;
import dev.belay.sandbox.tool.ToolCallException;
import dev.belay.sandbox.tool.ToolCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outer end of a program's calls. A call is u32 size, u32 number, u32 size of the name, name, arguments; an answer is u32 size, u32 number,
 * u8 status (0 result, 1 error, 2 error that may pass), and the result as JSON or the error as plain text.
 */
final class ToolChannel implements ProgramChannel {
    private static final Logger LOG = LoggerFactory.getLogger(ToolChannel.class);
    private static final int RESULT = 0;
    private static final int ERROR = 1;
    private static final int RETRYABLE = 2;
    private static final int HEAD = 2 * Integer.BYTES;
    /** How many times as many calls as may run at once may wait to be told that they may not. */
    private static final int REFUSALS = 4;

    private final ToolCalls tools;
    private final ToolCalls.Limits limits;
    private final MessageReader reader;
    private final Map<Thread, Integer> running = new ConcurrentHashMap<>();
    private long calls;
    private boolean ended;
    private @Nullable ProgramStream toProgram;

    private ToolChannel(ToolCalls tools) {
        this.tools = tools;
        this.limits = tools.limits();
        this.reader = new MessageReader(HEAD + limits.bytes());
    }

    static ProgramChannel to(ToolCalls tools) {
        return new ToolChannel(tools);
    }

    @Override
    public synchronized void started(ProgramStream stream) {
        toProgram = stream;
    }

    @Override
    public synchronized void received(byte[] bytes) throws IOException {
        if (!ended) {
            reader.add(bytes, this::take);
        }
    }

    private void take(ByteBuffer message) throws IOException {
        if (message.remaining() < HEAD) {
            throw new IOException("a call of " + message.remaining() + " bytes");
        }
        int number = message.getInt();
        int nameSize = message.getInt();
        if (nameSize < 0 || nameSize > message.remaining()) {
            throw new IOException("a call whose name is longer than itself");
        }
        String name = StandardCharsets.UTF_8
                .decode(message.slice(message.position(), nameSize))
                .toString();
        message.position(message.position() + nameSize);
        ToolCall call =
                new ToolCall(name, StandardCharsets.UTF_8.decode(message).toString());
        if (running.size() >= REFUSALS * limits.atOnce()) {
            throw new IOException("more calls than may wait");
        }
        boolean tooMany = running.size() >= limits.atOnce();
        boolean spent = ++calls > limits.calls();
        Thread thread = Thread.ofVirtual().name("tool-" + number).unstarted(() -> {
            if (spent) {
                answer(number, ERROR, "this program has made its " + limits.calls() + " calls");
            } else if (tooMany) {
                answer(number, RETRYABLE, "more than " + limits.atOnce() + " calls at once");
            } else {
                call(number, call);
            }
        });
        running.put(thread, number);
        thread.start();
    }

    private void call(int number, ToolCall call) {
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        Thread caller = Thread.currentThread();
        CompletableFuture<Void> alarm = over.completeOnTimeout(
                        true, limits.time().toMillis(), TimeUnit.MILLISECONDS)
                .thenAccept(late -> {
                    if (late) {
                        caller.interrupt();
                    }
                });
        try {
            String result = tools.call(call).text();
            over.complete(false);
            answer(number, RESULT, result);
        } catch (ToolCallException e) {
            answer(number, e.retryable() ? RETRYABLE : ERROR, e.text());
        } catch (InterruptedException _) {
            // Late, or the exec has ended and nobody hears the answer.
            answer(
                    number,
                    RETRYABLE,
                    call.name() + " took longer than " + limits.time().toSeconds() + " s");
        } catch (RuntimeException e) {
            LOG.warn("a tool failed that a program called", e);
            answer(number, ERROR, "the tool failed");
        } finally {
            over.complete(false);
            alarm.cancel(false);
        }
    }

    private void answer(int number, int status, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > limits.bytes()) {
            answer(number, ERROR, "the answer is longer than " + limits.bytes() + " bytes");
            return;
        }
        ByteBuffer message = ByteBuffer.allocate(HEAD + 1 + bytes.length);
        message.putInt(Integer.BYTES + 1 + bytes.length)
                .putInt(number)
                .put((byte) status)
                .put(bytes);
        running.remove(Thread.currentThread());
        try {
            ProgramStream stream = stream();
            if (stream != null) {
                stream.send(message.array());
            }
        } catch (IOException e) {
            LOG.debug("a program ended before it had its answer: {}", e.toString());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the exec has ended
        }
    }

    private synchronized @Nullable ProgramStream stream() {
        return ended ? null : toProgram;
    }

    @Override
    public synchronized void ended() {
        ended = true;
        running.keySet().forEach(Thread::interrupt);
        running.clear();
    }
}
