// What trees take on the disk, counted from outside, where no program's rights can hide anything. Prints "BYTES ENTRIES" in one line.
#include "belay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 900, MAX_COUNTED = 20000000 };

// What cannot be counted counts as more than any limit: nesting must not be a way to hide.
static const uint64_t UNCOUNTED = 1ULL << 50;

static uint64_t bytes, entries;

// A directory whose owner took the right to look away is opened to its owner again: root does not need that, and a plain user can.
static int open_directory(int parent, const char *name) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || errno != EACCES) {
        return fd;
    }
    char link[64];
    int path = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    snprintf(link, sizeof link, "/proc/self/fd/%d", path);
    if (path >= 0 && chmod(link, 0700) == 0) {
        fd = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    close_quietly(&path);
    return fd;
}

static void count(int fd, int depth) {
    DIR *directory = fdopendir(fd);
    if (!directory) {
        close(fd);
        return;
    }
    for (struct dirent *e; entries < MAX_COUNTED && (e = readdir(directory));) {
        struct stat s;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || fstatat(fd, e->d_name, &s, AT_SYMLINK_NOFOLLOW) < 0) {
            continue;
        }
        entries++;
        // A file with several names is counted in parts, so that all of them make one.
        bytes += (uint64_t)s.st_blocks * 512 / (S_ISDIR(s.st_mode) || s.st_nlink == 0 ? 1 : s.st_nlink);
        if (S_ISDIR(s.st_mode)) {
            int next = depth < MAX_DEPTH ? open_directory(fd, e->d_name) : -1;
            if (next >= 0) {
                count(next, depth + 1);
            } else if (depth == MAX_DEPTH || errno == EMFILE) {
                bytes += UNCOUNTED;
            }
        }
    }
    bytes += entries == MAX_COUNTED ? UNCOUNTED : 0;
    closedir(directory);
}

int run_usage(int argc, char **argv) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    for (int i = 2; i < argc; i++) {
        int fd = open_directory(AT_FDCWD, argv[i]);
        if (fd >= 0) {
            count(fd, 0);
        }
    }
    printf("%" PRIu64 " %" PRIu64 "\n", bytes, entries);
    return 0;
}
