/** The composition root: {@code Belay} wires the domain over a data directory, {@code BelayServer} puts the faces on top of it. */
@NullMarked
package dev.belay.server;

import org.jspecify.annotations.NullMarked;
