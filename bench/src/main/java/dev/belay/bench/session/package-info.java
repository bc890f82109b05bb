/** What many sessions and many open streams cost. */
@NullMarked
package dev.belay.bench.session;

import org.jspecify.annotations.NullMarked;
