/** Organisations, workspaces and keys for the local command line. */
@NullMarked
package dev.belay.server.admin;

import org.jspecify.annotations.NullMarked;
