/** The scripted model: plays answers from a file, for tests, the demo and offline rehearsal. */
@NullMarked
package dev.belay.agent.model.scripted;

import org.jspecify.annotations.NullMarked;
