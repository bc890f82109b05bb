/**
 * Where everything executes: sandboxes, execs, files inside them, and the providers that build the walls. Nothing in Belay runs a command
 * outside of a {@link dev.belay.sandbox.Sandbox}.
 */
@NullMarked
package dev.belay.sandbox;

import org.jspecify.annotations.NullMarked;
