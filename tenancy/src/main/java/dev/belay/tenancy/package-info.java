@NullMarked
package dev.belay.tenancy;

import org.jspecify.annotations.NullMarked;
