package dev.belay.server.http;

import dev.belay.api.ForbiddenException;
import dev.belay.api.LimitException;
import dev.belay.api.MalformedRequestException;
import dev.belay.api.Scope;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Response;
import tools.jackson.databind.JsonNode;

/** One request on its way to an answer. */
public final class Call {
    /** So much of a body that is too large is still read, so that the client gets to read why it was refused. */
    private static final long MOST_DRAINED = 64L << 20;

    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(10);

    private final Context http;
    private final Optional<Scope> scope;
    private final long bodyLimit;
    private final WebSockets sockets;
    private final Authentication authentication;

    Call(Context http, Optional<Scope> scope, long bodyLimit, WebSockets sockets, Authentication authentication) {
        this.http = http;
        this.scope = scope;
        this.bodyLimit = bodyLimit;
        this.sockets = sockets;
        this.authentication = authentication;
    }

    /** Whose data the request is about. Only for routes that need a key. */
    public Scope scope() {
        return scope.orElseThrow(() -> new IllegalStateException("this route takes no key"));
    }

    /** That the caller was let in, for what goes on when this request is answered or its stream is open for long. */
    public Admission admission() {
        return authentication.admission(http);
    }

    public String path() {
        return http.path();
    }

    public String pathParameter(String name) {
        return http.pathParam(name);
    }

    public Optional<String> query(String name) {
        return Optional.ofNullable(http.queryParam(name));
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(http.header(name));
    }

    /** Every value of a header, in order; none if it was not sent. */
    public List<String> headers(String name) {
        return Collections.list(http.req().getHeaders(name));
    }

    /**
     * Refuses a request that a web page of another origin sent.
     *
     * @throws ForbiddenException if it did
     */
    public void requireOwnOrigin() {
        if (!Authentication.ownOrigin(http)) {
            throw new ForbiddenException("web pages of other origins may not use this");
        }
    }

    /**
     * The whole body.
     *
     * @throws LimitException if it is larger than the limit
     */
    public byte[] body() {
        try (InputStream in = http.req().getInputStream()) {
            byte[] body = in.readNBytes(Math.toIntExact(bodyLimit + 1));
            if (body.length > bodyLimit) {
                drainBody();
                throw new LimitException(
                        "the request body is larger than limits.body_bytes (" + bodyLimit + " bytes) allows");
            }
            return body;
        } catch (IOException e) {
            throw new MalformedRequestException("the request body ended early: " + e.getMessage());
        }
    }

    /** A client that stops to send is waited for no longer than one that goes on. */
    private void drain(InputStream in) throws IOException {
        EndPoint connection = ServletContextRequest.getServletContextRequest(http.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint();
        long idle = connection.getIdleTimeout();
        connection.setIdleTimeout(Math.min(idle, LONGEST_DRAIN.toMillis()));
        try {
            byte[] waste = new byte[1 << 16];
            long drained = 0;
            long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
            for (int n = 0; n >= 0 && drained < MOST_DRAINED && System.nanoTime() < end; n = in.read(waste)) {
                drained += n;
            }
        } finally {
            connection.setIdleTimeout(idle);
        }
    }

    /** The body as it comes in, however large; the caller counts. */
    public InputStream bodyStream() {
        try {
            return http.req().getInputStream();
        } catch (IOException e) {
            throw new MalformedRequestException("the request body ended early: " + e.getMessage());
        }
    }

    /** Reads what is left of a body that is refused, within bounds, so that the client gets to read why. */
    public void drainBody() {
        try {
            drain(http.req().getInputStream());
        } catch (IOException e) {
            // The client is gone or silent; if it still reads, it reads why.
        }
    }

    /** Begins an answer whose bytes are written as they come. Files are attachments that a browser neither shows nor guesses at. */
    public OutputStream answerStream(String contentType, String fileName) throws IOException {
        HttpServletResponse response = http.res();
        response.setStatus(200);
        response.setContentType(contentType);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Content-Disposition", "attachment; filename*=UTF-8''" + percentEncoded(fileName));
        return response.getOutputStream();
    }

    /** RFC 8187, so that no character of a name can break the header. */
    private static String percentEncoded(String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || b == '.' || b == '-' || b == '_');
            encoded.append(plain ? String.valueOf((char) b) : "%%%02X".formatted(b));
        }
        return encoded.toString();
    }

    /** Answers with JSON. */
    public void answer(int status, JsonNode json) {
        answer(status, "application/json", Json.write(json));
    }

    public void answer(int status, String contentType, String text) {
        answer(status, contentType, text.getBytes(StandardCharsets.UTF_8));
    }

    private void answer(int status, String contentType, byte[] bytes) {
        http.status(status).contentType(contentType).result(bytes);
    }

    /** Answers without a body, and so without a type of one (contract: CodeGraff 0.3, 6). */
    public void answer(int status) {
        http.status(status);
        http.res().setContentType(null);
    }

    /** Makes sure that the request is the handshake of a WebSocket; any other is answered 426. */
    public void requireHandshake() {
        WebSockets.requireHandshake(this);
    }

    /** Makes a WebSocket of the request. If that fails, the answer has said why, and the listener is never called. */
    public void upgrade(WebSocket.Listener listener) throws IOException {
        sockets.accept(this, listener);
    }

    /** Keeps the answer open after its route has returned, until that is done; what goes wrong there is answered as what a route throws. */
    public void answerUntil(CompletableFuture<?> done) {
        http.future(() -> done);
    }

    /** The response below the servlet's, for writes that do not wait. */
    Response core() {
        return ServletContextRequest.getServletContextRequest(http.req()).getServletContextResponse();
    }

    HttpServletRequest request() {
        return http.req();
    }

    HttpServletResponse response() {
        return http.res();
    }
}
