/** Calls to addresses that came in with a request: to the outside only, unless the configuration says otherwise. */
@NullMarked
package dev.belay.agent.dial;

import org.jspecify.annotations.NullMarked;
