/** {@code belay organisations}, {@code workspaces} and {@code keys}: on the data directory, or through the server that holds it. */
@NullMarked
package dev.belay.cli.admin;

import org.jspecify.annotations.NullMarked;
