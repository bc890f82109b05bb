/**
 * Sandboxes on this machine: a native helper builds the walls with bubblewrap and runs as process 1 inside; this package speaks to it over
 * unix sockets. Start at {@link dev.belay.sandbox.local.LocalProvider}.
 */
@NullMarked
package dev.belay.sandbox.local;

import org.jspecify.annotations.NullMarked;
