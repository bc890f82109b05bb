/** The sandbox gateway of CodeGraff's contract, and what Belay adds to it: files, archives, inspection, events. */
@NullMarked
package dev.belay.server.codegraff;

import org.jspecify.annotations.NullMarked;
