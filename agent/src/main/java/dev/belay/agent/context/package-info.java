/** What the model is told before the prompt: agent definitions and the system prompt. */
@NullMarked
package dev.belay.agent.context;

import org.jspecify.annotations.NullMarked;
