/** {@code belay serve}, and the warm-up that the start cache is made from. */
@NullMarked
package dev.belay.cli.serve;

import org.jspecify.annotations.NullMarked;
