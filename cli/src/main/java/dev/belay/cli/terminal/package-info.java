/** What a person at a terminal sees: colours, tables, diffs, and the events of a run. */
@NullMarked
package dev.belay.cli.terminal;

import org.jspecify.annotations.NullMarked;
