/** The providers, aliases and prices that Belay knows, as data. */
@NullMarked
package dev.belay.agent.model.catalogue;

import org.jspecify.annotations.NullMarked;
