/** Suggests the word that was probably meant. */
@NullMarked
package dev.belay.server.spelling;

import org.jspecify.annotations.NullMarked;
