/** Tools: what a model may ask for, each run in the sandbox of its session. */
@NullMarked
package dev.belay.agent.tool;

import org.jspecify.annotations.NullMarked;
