/** The MCP servers of a session, and their tools as tools of the agent. The protocol's types stay in here. */
@NullMarked
package dev.belay.agent.mcp;

import org.jspecify.annotations.NullMarked;
