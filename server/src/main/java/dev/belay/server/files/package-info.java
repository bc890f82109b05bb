/** Requests about files of sandboxes, whichever face they come by. Start at {@link dev.belay.server.files.FileRequests}. */
@NullMarked
package dev.belay.server.files;

import org.jspecify.annotations.NullMarked;
