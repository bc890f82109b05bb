/** The tools that look at, find, search and change files in the sandbox. */
@NullMarked
package dev.belay.agent.tool.builtin.file;

import org.jspecify.annotations.NullMarked;
