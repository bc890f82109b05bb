/** What a sandbox costs, beside the same work without one. */
@NullMarked
package dev.belay.bench.sandbox;

import org.jspecify.annotations.NullMarked;
