/** The turn loop: prompt, model, tools, again. */
@NullMarked
package dev.belay.agent.turn;

import org.jspecify.annotations.NullMarked;
