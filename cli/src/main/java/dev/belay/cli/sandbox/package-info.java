/** {@code belay sandbox}: sandboxes of a running server, over the client. */
@NullMarked
package dev.belay.cli.sandbox;

import org.jspecify.annotations.NullMarked;
