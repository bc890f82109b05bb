/**
 * The event log: append, read from a cursor, subscribe from a cursor without a gap, and the redactor that every text passes on its way in.
 */
@NullMarked
package dev.belay.eventlog;

import org.jspecify.annotations.NullMarked;
