/** Suites of tests that choose at random and have a small and a full size. */
@NullMarked
package dev.belay.bench.suite;

import org.jspecify.annotations.NullMarked;
