package dev.belay.server.http;

import dev.belay.api.Permission;

/** Who may call a route; each route says it. */
public sealed interface Access {
    /** Anyone. */
    record Open() implements Access {}

    /** A key with that permission. */
    record Needs(Permission permission) implements Access {}

    /** Any key; what it may do is asked for by what it does. */
    record AnyKey() implements Access {}

    /** The local command line, from this machine, with the token file of the data directory. */
    record LocalToken() implements Access {}

    Access OPEN = new Open();
    Access ANY_KEY = new AnyKey();
    Access LOCAL_TOKEN = new LocalToken();
    Access RUN = new Needs(Permission.RUN);
    Access READ = new Needs(Permission.READ);
    Access APPROVE = new Needs(Permission.APPROVE);
    Access SANDBOX = new Needs(Permission.SANDBOX);
}
