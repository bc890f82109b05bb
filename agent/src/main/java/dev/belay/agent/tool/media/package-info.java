/** Images and documents that a model can be shown as they are: what they are, by their bytes, and how much they count. */
@NullMarked
package dev.belay.agent.tool.media;

import org.jspecify.annotations.NullMarked;
