/** Models that speak the Anthropic Messages wire, on the vendor's SDK, whose types stay in here. */
@NullMarked
package dev.belay.agent.anthropic;

import org.jspecify.annotations.NullMarked;
