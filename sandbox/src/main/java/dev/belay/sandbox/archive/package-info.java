/**
 * Archives into and out of sandboxes: formats and their limits. The server reads and writes the format; each directory and file is made, or
 * read, by a worker inside the sandbox. Start at {@link dev.belay.sandbox.archive.Archives}.
 */
@NullMarked
package dev.belay.sandbox.archive;

import org.jspecify.annotations.NullMarked;
