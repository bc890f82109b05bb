package dev.belay.store;

import org.jdbi.v3.core.Handle;

/** One consistent view of the database, valid only during the call that hands it out. Classes named {@code …Store} ask it for its handle. */
public interface View {
    Handle handle();
}
