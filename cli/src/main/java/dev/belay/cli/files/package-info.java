/** Directories that a command makes and takes away again. */
@NullMarked
package dev.belay.cli.files;

import org.jspecify.annotations.NullMarked;
