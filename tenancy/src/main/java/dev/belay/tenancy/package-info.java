/**
 * Who may use this Belay: organisations, their workspaces, their API keys and what each key may do. A key's secret leaves this package once,
 * when it is issued; only its SHA-256 is kept.
 */
@NullMarked
package dev.belay.tenancy;

import org.jspecify.annotations.NullMarked;
