/** Text that is encrypted at rest. */
@NullMarked
package dev.belay.store.secret;

import org.jspecify.annotations.NullMarked;
