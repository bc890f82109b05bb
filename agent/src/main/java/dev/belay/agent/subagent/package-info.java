/** The agents that an agent can hand a task to, as data, and the tool by which it does. */
@NullMarked
package dev.belay.agent.subagent;

import org.jspecify.annotations.NullMarked;
