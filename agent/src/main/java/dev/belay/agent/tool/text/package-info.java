/** What tools do to text without touching a file: glob patterns, replacements, numbered lines, cuts. */
@NullMarked
package dev.belay.agent.tool.text;

import org.jspecify.annotations.NullMarked;
