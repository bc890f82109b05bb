/** What events and answers look like to clients. */
@NullMarked
package dev.belay.server.cloudagent.wire;

import org.jspecify.annotations.NullMarked;
