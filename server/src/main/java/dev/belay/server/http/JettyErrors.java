package dev.belay.server.http;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** The errors that Jetty answers by itself (a broken request line, a header too large), in the shape of the face that was asked, if it is known. */
final class JettyErrors extends ErrorHandler {
    private final List<Route> routes;

    JettyErrors(List<Route> routes) {
        this.routes = routes;
    }

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
        response.write(true, body(code, shape(request)), callback);
    }

    private ErrorShape shape(Request request) {
        String path = String.valueOf(request.getHttpURI().getPath());
        return routes.stream()
                .filter(route -> path.startsWith(beginning(route.path())))
                .map(Route::errors)
                .findFirst()
                .orElse(ErrorShape.STANDARD);
    }

    /** A route's path up to its first parameter. */
    private static String beginning(String path) {
        int parameter = path.indexOf('{');
        return parameter < 0 ? path : path.substring(0, parameter);
    }

    @Override
    @SuppressWarnings("removal") // Jetty has no other hook for bytes that are no HTTP.
    public ByteBuffer badMessageError(int status, @Nullable String reason, HttpFields.Mutable fields) {
        fields.put(new HttpField(HttpHeader.CONTENT_TYPE, "application/json"));
        return body(status, ErrorShape.STANDARD);
    }

    private static ByteBuffer body(int status, ErrorShape shape) {
        String message = HttpStatus.getMessage(status).toLowerCase(Locale.ROOT);
        return ByteBuffer.wrap(Json.write(shape.body(Errors.code(status), message, Optional.empty())));
    }
}
