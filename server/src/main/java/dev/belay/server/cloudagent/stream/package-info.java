/** Streams of events, carried to their readers. */
@NullMarked
package dev.belay.server.cloudagent.stream;

import org.jspecify.annotations.NullMarked;
