/**
 * One database for all modules: connections, migrations, the unit-of-work writer, idempotency, the lock on the data directory, and the JSON
 * codec for stored text. SQL of a module lives in that module's classes named {@code …Store}.
 */
@NullMarked
package dev.belay.store;

import org.jspecify.annotations.NullMarked;
