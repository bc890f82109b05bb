/** What became of files between two moments. Start at {@link dev.belay.agent.change.FilePicture}. */
@NullMarked
package dev.belay.agent.change;

import org.jspecify.annotations.NullMarked;
