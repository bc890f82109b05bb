/** What the event log can do on this machine, beside the floor that the disk sets. */
@NullMarked
package dev.belay.bench.log;

import org.jspecify.annotations.NullMarked;
