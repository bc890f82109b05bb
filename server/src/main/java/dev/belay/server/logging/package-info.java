/** The program's own log: text or JSON lines on stderr, redacted. */
@NullMarked
package dev.belay.server.logging;

import org.jspecify.annotations.NullMarked;
