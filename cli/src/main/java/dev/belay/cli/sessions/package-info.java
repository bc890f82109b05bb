/** {@code belay sessions}: what sessions there are, what was said in them, and how to be rid of them. */
@NullMarked
package dev.belay.cli.sessions;

import org.jspecify.annotations.NullMarked;
