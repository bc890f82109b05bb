@NullMarked
package dev.belay.server;

import org.jspecify.annotations.NullMarked;
