package dev.belay.server.http;

import java.nio.ByteBuffer;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** The errors that Jetty answers by itself (a broken request line, a header too large), in our shape. */
final class JettyErrors extends ErrorHandler {
    /** Whoever sends something has a right to the reason, not only who gets. */
    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int code,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, body(code), callback);
    }

    @Override
    @SuppressWarnings("removal") // Jetty has no other hook for bytes that are no HTTP.
    public ByteBuffer badMessageError(int status, @Nullable String reason, HttpFields.Mutable fields) {
        fields.put(new HttpField(HttpHeader.CONTENT_TYPE, "application/json"));
        return body(status);
    }

    private static ByteBuffer body(int status) {
        String message = HttpStatus.getMessage(status).toLowerCase(Locale.ROOT);
        return ByteBuffer.wrap(Json.write(Errors.body(Errors.code(status), message)));
    }
}
