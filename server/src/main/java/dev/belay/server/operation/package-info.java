/** What operators ask a server: health, metrics, API descriptions. */
@NullMarked
package dev.belay.server.operation;

import org.jspecify.annotations.NullMarked;
