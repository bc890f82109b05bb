package dev.belay.cli.sandbox;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Permissions as a number, as archives have them, and as the JDK has them. */
final class FileMode {
    private static final String ALL = "rwxrwxrwx";

    private FileMode() {}

    static int number(Set<PosixFilePermission> permissions) {
        String text = PosixFilePermissions.toString(permissions);
        int mode = 0;
        for (int i = 0; i < ALL.length(); i++) {
            mode |= text.charAt(i) == '-' ? 0 : 0400 >> i;
        }
        return mode;
    }

    static Set<PosixFilePermission> permissions(int mode) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ALL.length(); i++) {
            text.append((mode & 0400 >> i) == 0 ? '-' : ALL.charAt(i));
        }
        return PosixFilePermissions.fromString(text.toString());
    }
}
