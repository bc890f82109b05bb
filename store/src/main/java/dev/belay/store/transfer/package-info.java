/** Moving a whole data set: from one database to another, into a backup and out of it. */
@NullMarked
package dev.belay.store.transfer;

import org.jspecify.annotations.NullMarked;
