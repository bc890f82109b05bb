/** File operations by workers inside a sandbox. */
@NullMarked
package dev.belay.sandbox.local.files;

import org.jspecify.annotations.NullMarked;
