/** An answer that has to fit a schema. */
@NullMarked
package dev.belay.agent.output;

import org.jspecify.annotations.NullMarked;
