/** Programs, cells of interpreters and their calls of tools, on connections to process 1 of a sandbox. */
@NullMarked
package dev.belay.sandbox.local.exec;

import org.jspecify.annotations.NullMarked;
