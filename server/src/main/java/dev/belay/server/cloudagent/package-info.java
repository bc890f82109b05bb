/** The Cloud Agent API: agent runs over HTTP, as NDJSON or server-sent events. */
@NullMarked
package dev.belay.server.cloudagent;

import org.jspecify.annotations.NullMarked;
