/** What Belay adds to a model's answer on its way, beside the same answer read from the raw stream. */
@NullMarked
package dev.belay.bench.model;

import org.jspecify.annotations.NullMarked;
