/** The tool-call bridge: what programs in a sandbox may call outside of it. */
@NullMarked
package dev.belay.sandbox.tool;

import org.jspecify.annotations.NullMarked;
