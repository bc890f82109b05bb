/** {@code belay chat}: a session at a terminal. */
@NullMarked
package dev.belay.cli.chat;

import org.jspecify.annotations.NullMarked;
