package dev.belay.modeldouble;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Listens on loopback and answers each request: with the next reply it was given, and then it keeps what was asked, or with the one that is
 * chosen for it. One request per connection.
 */
public final class ModelServer implements AutoCloseable {
    private final ServerSocket listener;
    private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
    private final Optional<Function<Received, Reply>> choice;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final Semaphore silences = new Semaphore(0);
    private final Semaphore left = new Semaphore(0);

    /** @param headers by their names in lower case */
    public record Received(String path, Map<String, String> headers, String body) {}

    /** Answers with the replies that it is given, in order. */
    public ModelServer() {
        this(Optional.empty());
    }

    /** @param choice the reply for a request; called by many threads */
    public ModelServer(Function<Received, Reply> choice) {
        this(Optional.of(choice));
    }

    private ModelServer(Optional<Function<Received, Reply>> choice) {
        this.choice = choice;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    public void reply(Reply... next) {
        replies.addAll(List.of(next));
    }

    /** Drops the replies that nobody has asked for. */
    public void forget() {
        replies.clear();
    }

    /** What was asked so far, in order. */
    public List<Received> received() {
        return List.copyOf(received);
    }

    /** Waits until a reply has come to where it falls silent. */
    public void awaitSilence() throws InterruptedException {
        await(silences, "no reply fell silent");
    }

    /** Waits until a client has closed a connection on which the server was silent. */
    public void awaitClientLeaving() throws InterruptedException {
        await(left, "no client left");
    }

    private static void await(Semaphore event, String otherwise) throws InterruptedException {
        if (!event.tryAcquire(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException(otherwise);
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket connection = listener.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            Received request = read(in);
            Reply reply;
            if (choice.isPresent()) {
                reply = choice.get().apply(request);
            } else {
                received.add(request);
                reply = replies.take();
            }
            if (reply.status() != 0) {
                send(connection.getOutputStream(), reply);
            }
            if (reply.ending() == Reply.Ending.RESET) {
                connection.setSoLinger(true, 0);
            }
            if (reply.ending() == Reply.Ending.SILENCE) {
                silences.release();
                awaitEnd(in);
                left.release();
            }
        } catch (IOException e) {
            // The client has gone, which tests see from its side.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
        }
    }

    private static void awaitEnd(InputStream in) {
        try {
            while (in.read() >= 0) {
                // What the client still sends is of no interest.
            }
        } catch (IOException e) {
            // A reset is an end, too.
        }
    }

    private static Received read(InputStream in) throws IOException {
        String path = line(in).split(" ", 3)[1];
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Received(path, headers, new String(body, StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the request ended in its head");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private static void send(OutputStream out, Reply reply) throws IOException, InterruptedException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + reply.status() + " Scripted\r\nConnection: close\r\n");
        reply.headers().forEach(header -> head.append(header).append("\r\n"));
        if (reply.chunked()) {
            head.append("Transfer-Encoding: chunked\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        if (reply.pause().isPositive()) {
            out.flush();
            for (String event : reply.body().split("(?<=\n\n)", -1)) {
                write(
                        out,
                        reply,
                        event.replace(Reply.NOW, Long.toString(System.nanoTime()))
                                .getBytes(StandardCharsets.UTF_8));
                out.flush();
                Thread.sleep(reply.pause());
            }
        } else {
            write(out, reply, Arrays.copyOf(reply.body().getBytes(StandardCharsets.UTF_8), reply.bytes()));
        }
        if (reply.chunked() && reply.ending() == Reply.Ending.WHOLE) {
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.flush();
    }

    private static void write(OutputStream out, Reply reply, byte[] bytes) throws IOException {
        if (!reply.chunked()) {
            out.write(bytes);
        } else if (bytes.length > 0) {
            byte[] begin = (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            byte[] frame = Arrays.copyOf(begin, begin.length + bytes.length + 2);
            System.arraycopy(bytes, 0, frame, begin.length, bytes.length);
            frame[frame.length - 2] = '\r';
            frame[frame.length - 1] = '\n';
            out.write(frame);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
