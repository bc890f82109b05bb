/** What model calls cost, and what a turn may spend. */
@NullMarked
package dev.belay.agent.budget;

import org.jspecify.annotations.NullMarked;
