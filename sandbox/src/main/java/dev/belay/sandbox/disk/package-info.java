/** Directories of sandboxes on the host: the state of each one, and project directories. */
@NullMarked
package dev.belay.sandbox.disk;

import org.jspecify.annotations.NullMarked;
