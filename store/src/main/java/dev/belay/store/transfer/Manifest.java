package dev.belay.store.transfer;

import java.util.List;

/**
 * What a backup says of itself; its last entry, so that a backup without one was not finished.
 *
 * @param format of the archive, {@link #FORMAT}
 * @param id of this backup, a UUID
 * @param created when, in ISO 8601
 * @param store what it was made from
 * @param schema the newest migration of the database
 * @param tables each behind those that it refers to
 * @param files how many files, directories and links
 */
record Manifest(int format, String id, String created, String store, String schema, List<Contents> tables, long files) {
    static final int FORMAT = 1;

    /**
     * What a table holds.
     *
     * @param hash as of {@link TableDigest}
     */
    record Contents(String name, List<String> columns, long rows, String hash) {}
}
