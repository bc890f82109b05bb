/** How a command reaches the server that it talks to: one that runs, or one in this process. */
@NullMarked
package dev.belay.cli.server;

import org.jspecify.annotations.NullMarked;
