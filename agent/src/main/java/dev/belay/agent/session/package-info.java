/** Sessions: who runs what, their state, and what becomes of them after a restart. */
@NullMarked
package dev.belay.agent.session;

import org.jspecify.annotations.NullMarked;
