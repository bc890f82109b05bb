/** The tools that run commands and programs in the sandbox. */
@NullMarked
package dev.belay.agent.tool.builtin.exec;

import org.jspecify.annotations.NullMarked;
