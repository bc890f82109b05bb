package dev.belay.tenancy;

import dev.belay.api.Scope;
import dev.belay.api.event.AccessEvent;
import dev.belay.store.Tx;
import java.util.function.Consumer;

/** Where it is written down what was done to keys and workspaces; over the event log in a server. */
@FunctionalInterface
public interface AccessLog {
    /**
     * Makes the event ready for the stream of the scope's workspace, outside of any unit of work, and returns what appends it inside one: both
     * the change and its event are stored, or neither.
     */
    Consumer<Tx> prepare(Scope scope, AccessEvent event);
}
