/** Models that speak the OpenAI Chat Completions or Responses wire, on the vendor's SDK, whose types stay in here. */
@NullMarked
package dev.belay.agent.openai;

import org.jspecify.annotations.NullMarked;
