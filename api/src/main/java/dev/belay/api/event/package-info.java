/** The event: the one record of all that happened, in families of facts. */
@NullMarked
package dev.belay.api.event;

import org.jspecify.annotations.NullMarked;
