/** What can be configured: {@code belay.toml}, environment and flags as typed records. */
@NullMarked
package dev.belay.server.config;

import org.jspecify.annotations.NullMarked;
