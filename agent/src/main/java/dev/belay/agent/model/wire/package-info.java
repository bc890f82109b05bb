/** What the wires of all vendors have in common: calling, putting an answer together, telling what went wrong. Knows no vendor's types. */
@NullMarked
package dev.belay.agent.model.wire;

import org.jspecify.annotations.NullMarked;
