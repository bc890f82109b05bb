/** Belay as an MCP server: sandboxes and agents as tools of other agents. */
@NullMarked
package dev.belay.server.mcp;

import org.jspecify.annotations.NullMarked;
