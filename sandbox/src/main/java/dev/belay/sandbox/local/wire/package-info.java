/** Frames between the server and the native helper, and who watches that an answer comes. */
@NullMarked
package dev.belay.sandbox.local.wire;

import org.jspecify.annotations.NullMarked;
