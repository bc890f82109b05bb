/** Sandboxes: commands, files, archives, inspection, events. */
@NullMarked
package dev.belay.client.sandbox;

import org.jspecify.annotations.NullMarked;
