/** The tools that every agent has, under the names that models know. All of them act in the session's sandbox. */
@NullMarked
package dev.belay.agent.tool.builtin;

import org.jspecify.annotations.NullMarked;
