package dev.belay.server.http;

import java.util.List;

/** One contract on the wire. It translates and never decides. */
public interface Face {
    List<Route> routes();
}
