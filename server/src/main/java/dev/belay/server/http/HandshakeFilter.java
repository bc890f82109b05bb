package dev.belay.server.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Lets the handshake of a WebSocket through as the GET that it is, so that its route is found, checks the key and refuses as any other does.
 * Javalin tells handshakes by this header and would keep them for its own sockets, whose sending buffers without bound.
 */
public final class HandshakeFilter extends HttpFilter {
    private static final long serialVersionUID = 1;
    private static final String MARK = "Sec-WebSocket-Version";

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        chain.doFilter(request.getHeader(MARK) == null ? request : new Unmarked(request), response);
    }

    /** The request as it came. */
    static HttpServletRequest marked(HttpServletRequest request) {
        ServletRequest whole = request;
        while (whole instanceof ServletRequestWrapper wrapper) {
            whole = wrapper.getRequest();
        }
        return (HttpServletRequest) whole;
    }

    private static final class Unmarked extends HttpServletRequestWrapper {
        Unmarked(HttpServletRequest request) {
            super(request);
        }

        @Override
        public @Nullable String getHeader(String name) {
            return name.equalsIgnoreCase(MARK) ? null : super.getHeader(name);
        }
    }
}
