/** Execs that run while nobody waits: their output is kept, and whoever has the id can look, wait, write and kill. */
@NullMarked
package dev.belay.sandbox.background;

import org.jspecify.annotations.NullMarked;
