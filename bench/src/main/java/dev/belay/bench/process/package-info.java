/** Belay in processes of its own, to be measured and killed from outside. */
@NullMarked
package dev.belay.bench.process;

import org.jspecify.annotations.NullMarked;
