@NullMarked
package dev.belay.eventlog;

import org.jspecify.annotations.NullMarked;
