package dev.belay.server.http;

/**
 * One route of a face.
 *
 * @param method {@code GET}, {@code POST}, …
 * @param errors how what is thrown is told
 * @param path with parameters in braces, for example {@code /agent/session/{id}/status}
 */
public record Route(String method, String path, Access access, ErrorShape errors, Handler handler) {
    public Route(String method, String path, Access access, Handler handler) {
        this(method, path, access, ErrorShape.STANDARD, handler);
    }

    /** The same route with errors told in that shape. */
    public Route withErrors(ErrorShape shape) {
        return new Route(method, path, access, shape, handler);
    }

    /** What answers; whatever it throws is rendered by {@link Errors}. */
    @FunctionalInterface
    public interface Handler {
        void handle(Call call) throws Exception;
    }

    public static Route get(String path, Access access, Handler handler) {
        return new Route("GET", path, access, handler);
    }

    public static Route post(String path, Access access, Handler handler) {
        return new Route("POST", path, access, handler);
    }

    public static Route put(String path, Access access, Handler handler) {
        return new Route("PUT", path, access, handler);
    }

    public static Route patch(String path, Access access, Handler handler) {
        return new Route("PATCH", path, access, handler);
    }

    public static Route delete(String path, Access access, Handler handler) {
        return new Route("DELETE", path, access, handler);
    }
}
