/** The {@code belay} command: finds the command that was named and runs it. Each command is a package of its own. */
@NullMarked
package dev.belay.cli;

import org.jspecify.annotations.NullMarked;
