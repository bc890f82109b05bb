/** Sandboxes that run: how they are built, what goes on in them, what is recorded of it, and what their files take. */
@NullMarked
package dev.belay.sandbox.live;

import org.jspecify.annotations.NullMarked;
