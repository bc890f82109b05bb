/** {@code belay store}, {@code belay backup} and {@code belay restore}: moving and saving a whole data set. */
@NullMarked
package dev.belay.cli.store;

import org.jspecify.annotations.NullMarked;
