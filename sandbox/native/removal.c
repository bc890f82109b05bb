// Removes files and whole trees.
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KEEP_OPEN_DEPTH = 48 };

static bool is_mount_point(int parent, const char *name) {
    struct statx s;
    return syscall(SYS_statx, parent, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &s) == 0
        && (s.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

// Empties and removes a directory. A tree deeper than descriptors allow is taken apart: what lies too deep is moved up to the top first.
static void remove_tree(int parent, const char *name, int top, int depth, const char *asked) {
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) {
        return;
    }
    if (errno != EISDIR && errno != EPERM) {
        give_up_errno(asked);
    }
    if (is_mount_point(parent, name)) {
        give_up("file_denied", "%s holds a mounted directory, which cannot be removed from inside", asked);
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0) {
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        give_up_errno(asked);
    }
    if (top < 0) {
        top = fd;
    }
    static unsigned moved;
    for (bool again = true; again;) {
        again = false;
        rewinddir(directory);
        for (struct dirent *e; (e = readdir(directory));) {
            if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
                continue;
            }
            again |= fd == top && depth == 0; // what was moved here shows in the next look
            if (depth < KEEP_OPEN_DEPTH || unlinkat(fd, e->d_name, 0) < 0) {
                char up[48];
                if (depth < KEEP_OPEN_DEPTH) {
                    remove_tree(fd, e->d_name, top, depth + 1, asked);
                } else if (snprintf(up, sizeof up, ".belay-removed-%d-%u", getpid(), moved++) < 0 || renameat(fd, e->d_name, top, up) < 0) {
                    give_up_errno(asked);
                }
            }
        }
    }
    closedir(directory);
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
        give_up_errno(asked);
    }
}

void remove_file(const char *asked) {
    char name[NAME_MAX + 1], real[PATH_MAX], path[PATH_MAX];
    struct stat s;
    normalise(asked, path);
    if (strcmp(path, "/workspace") == 0 || strcmp(path, "/tmp") == 0) {
        give_up("file_denied", "%s itself cannot be removed", asked);
    }
    int parent = open_parent(asked, false, name);
    require_inside(parent, asked, real);
    if (fstatat(parent, name, &s, AT_SYMLINK_NOFOLLOW) < 0) {
        give_up_errno(asked);
    }
    remove_tree(parent, name, -1, 0, asked);
    send_done(true);
}
