/** Making room in a conversation that grows too long for its model, without losing what was said. Pure: no files, no network, no clock. */
@NullMarked
package dev.belay.agent.compaction;

import org.jspecify.annotations.NullMarked;
