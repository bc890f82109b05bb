package dev.belay.cli.server;

import dev.belay.api.IdSource;
import dev.belay.api.NotFoundException;
import dev.belay.client.BelayClient;
import dev.belay.client.session.Session;
import dev.belay.client.session.Sessions;
import java.util.Optional;
import java.util.function.Supplier;

/** A server that a command talks to. Safe for many threads. */
public final class ReachedServer implements AutoCloseable {
    private final String name;
    private final boolean byToken;
    private final Supplier<Link> connecting;
    private volatile Link link;

    /** A connection, and the server at its other end if that is in this process. */
    record Link(BelayClient client, Optional<DataDirectoryServer.OwnServer> own) implements AutoCloseable {
        static Link to(BelayClient client) {
            return new Link(client, Optional.empty());
        }

        @Override
        public void close() {
            client.close();
            own.ifPresent(DataDirectoryServer.OwnServer::close);
        }
    }

    ReachedServer(String name, boolean byToken, Supplier<Link> connecting) {
        this.name = name;
        this.byToken = byToken;
        this.connecting = connecting;
        this.link = connecting.get();
    }

    /** What tells it from other servers: its address, or the data directory that it serves. */
    public String name() {
        return name;
    }

    /** Whether it was entered with the token of its data directory, so that it sees the files of this machine. */
    public boolean byToken() {
        return byToken;
    }

    /** Whether it is in this process. */
    public boolean inThisProcess() {
        return link.own().isPresent();
    }

    public Sessions sessions() {
        return link.client().sessions();
    }

    /**
     * The id of the session that is named by id or by name.
     *
     * @throws NotFoundException if no session has that name; whether there is one of that id is seen when it is used
     */
    public String session(String idOrName) {
        if (IdSource.isId(idOrName)) {
            return idOrName;
        }
        return sessions()
                .named(idOrName)
                .map(Session::id)
                .orElseThrow(() -> new NotFoundException(
                        "there is no session \"" + idOrName + "\"; belay sessions ls lists them"));
    }

    /** Looks for it again after a connection broke off: it may be elsewhere now, or have become this process's turn. */
    public synchronized void again() {
        if (link.own().isEmpty()) {
            link.client().close();
            link = connecting.get();
        }
    }

    @Override
    public synchronized void close() {
        link.close();
    }
}
