@NullMarked
package dev.belay.store;

import org.jspecify.annotations.NullMarked;
