// File operations, done by a short-lived worker inside the sandbox, with no right that the sandbox's own programs lack. What a path leads
// to is looked at after it was opened, on the descriptor that is then used, so that nothing which is moved about meanwhile matters.
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { MAX_LINKS = 16 };

// renameat2, which not every C library has.
static int rename_at(int from, const char *old, int to, const char *new, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

static void stat_file(const char *asked) {
    char real[PATH_MAX];
    struct stat s;
    open_inside(asked, real, &s);
    send_state(real, &s);
    send_done(true);
}

static void require_regular(const struct stat *s, const char *asked) {
    if (!S_ISREG(s->st_mode)) {
        give_up("not_a_file", "%s is not a regular file", asked);
    }
}

static void read_file(const char *asked, uint64_t max) {
    char real[PATH_MAX];
    struct stat s;
    int path = open_inside(asked, real, &s);
    require_regular(&s, asked);
    int fd = reopen(path, O_RDONLY, asked);
    if (fstat(fd, &s) < 0) {
        give_up_errno(asked);
    }
    if ((uint64_t)s.st_size > max) {
        give_up("file_too_large", "%s holds %" PRIu64 " bytes, more than %" PRIu64, asked, (uint64_t)s.st_size, max);
    }
    send_state(real, &s);
    // A file that grows meanwhile is told as it was when it was opened.
    send_data(fd, (uint64_t)s.st_size, asked);
    send_done(true);
}

// The place to which a write goes: a link's target, as long as links lead on.
static int open_target(const char *asked, char name[NAME_MAX + 1]) {
    char path[PATH_MAX], target[PATH_MAX], real[PATH_MAX];
    snprintf(path, sizeof path, "%s", asked);
    for (int links = 0; links < MAX_LINKS; links++) {
        int parent = open_parent(path, true, name);
        ssize_t n = readlinkat(parent, name, target, sizeof target - 1);
        if (n < 0) {
            return parent; // not a link: a file, something else, or nothing yet
        }
        target[n] = 0;
        require_inside(parent, asked, real);
        if (target[0] == '/') {
            snprintf(path, sizeof path, "%s", target);
        } else if ((size_t)snprintf(path, sizeof path, "%.2000s/%.2000s", real, target) >= sizeof path) {
            give_up("bad_path", "%s is a link to a path that is too long", asked);
        }
        close(parent);
    }
    errno = ELOOP;
    give_up_errno(asked);
}

// `expected` is the version that the file must still have, "absent" if there must be none, and empty if that is all the same.
static void write_file(const char *asked, const char *expected, uint64_t max) {
    bool create = strcmp(expected, "absent") == 0;
    char name[NAME_MAX + 1], temporary[48], real[PATH_MAX], version[160], random_hex[33];
    uint8_t random[16];
    struct stat before, after, final;
    if (getrandom(random, sizeof random, 0) != sizeof random) {
        give_up_errno(asked);
    }
    hex(random_hex, random, sizeof random);
    snprintf(temporary, sizeof temporary, ".belay-%s", random_hex);
    int parent = open_target(asked, name);
    bool exists = fstatat(parent, name, &before, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists) {
        require_regular(&before, asked);
        if (create) {
            give_up("file_exists", "%s exists", asked);
        }
    } else if (errno != ENOENT) {
        give_up_errno(asked);
    }
    int fd = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        give_up_errno(asked);
    }
    if (receive_content(fd, max) < 0) {
        int error = errno;
        unlinkat(parent, temporary, 0);
        if (error == EPIPE) {
            finish(1);
        }
        errno = error;
        give_up_errno(asked);
    }
    mode_t mode = exists ? before.st_mode & 0777 : 0644;
    if (fchmod(fd, mode) < 0 || fstat(fd, &after) < 0) {
        int error = errno;
        unlinkat(parent, temporary, 0);
        errno = error;
        give_up_errno(asked);
    }
    if (expected[0] && !create) {
        version[0] = 0;
        if (fstatat(parent, name, &before, AT_SYMLINK_NOFOLLOW) == 0) {
            version_of(&before, version, sizeof version);
        }
        if (strcmp(version, expected) != 0) {
            unlinkat(parent, temporary, 0);
            give_up("file_changed", "%s changed since it was read", asked);
        }
    }
    // A program may have made it meanwhile.
    if (rename_at(parent, temporary, parent, name, create ? RENAME_NOREPLACE : 0) < 0) {
        int error = errno;
        unlinkat(parent, temporary, 0);
        errno = error;
        give_up_errno(asked);
    }
    // The rename moved the change time. What a program may have written meanwhile shows in the other two and so in a later comparison.
    if (fstat(fd, &final) < 0) {
        give_up_errno(asked);
    }
    after.st_ctim = final.st_ctim;
    require_inside(fd, asked, real);
    send_state(real, &after);
    send_done(true);
}

static void make(const char *asked) {
    char real[PATH_MAX];
    struct stat s;
    make_directory(asked, real, &s);
    send_state(real, &s);
    send_done(true);
}

static void move_file(const char *from, const char *to) {
    char old_name[NAME_MAX + 1], new_name[NAME_MAX + 1], real[PATH_MAX + NAME_MAX + 2], path[PATH_MAX];
    struct stat s;
    normalise(from, path);
    if (strcmp(path, "/workspace") == 0 || strcmp(path, "/tmp") == 0) {
        give_up("file_denied", "%s itself cannot be moved", from);
    }
    int source = open_parent(from, false, old_name);
    if (fstatat(source, old_name, &s, AT_SYMLINK_NOFOLLOW) < 0) {
        give_up_errno(from);
    }
    int target = open_parent(to, true, new_name);
    if (rename_at(source, old_name, target, new_name, RENAME_NOREPLACE) < 0) {
        if (errno == EXDEV || errno == EBUSY) {
            give_up("file_denied", "%s cannot be moved to %s: /workspace, /tmp and each mounted directory are file systems of their own; copy it",
                from, to);
        }
        give_up_errno(errno == EEXIST || errno == EINVAL ? to : from);
    }
    if (fstatat(target, new_name, &s, AT_SYMLINK_NOFOLLOW) < 0) {
        give_up_errno(to);
    }
    require_inside(target, to, path);
    snprintf(real, sizeof real, "%s/%s", path, new_name);
    send_state(real, &s);
    send_done(true);
}

// A server that neither sends nor takes anything for so long has hung or is gone.
static void bound_waits(int socket) {
    struct timeval wait = {.tv_sec = 60};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

void serve_file_operation(int socket, uint8_t type, const uint8_t *payload, uint32_t size, const struct limits *limits) {
    struct reader r = {.at = payload, .left = size};
    struct rlimit grow = {limits->file_bytes, limits->file_bytes};
    use_peer(socket);
    bound_waits(socket);
    setrlimit(RLIMIT_FSIZE, &grow); // lowers only; if it is lower already, that holds
    umask(022);
    char *path = read_text(&r, PATH_MAX - 1);
    if (r.bad || !path[0]) {
        give_up("bad_path", "the path is empty, longer than %d bytes or holds a NUL", PATH_MAX - 1);
    }
    switch (type) {
        case FILE_READ:
            read_file(path, read_u64(&r));
            break;
        case FILE_WRITE: {
            char *expected = read_text(&r, 200);
            uint64_t max = read_u64(&r);
            if (!r.bad) {
                write_file(path, expected, max);
            }
            break;
        }
        case FILE_STAT:
            stat_file(path);
            break;
        case FILE_LIST: {
            uint32_t depth = read_u32(&r), limit = read_u32(&r);
            list_files(path, depth, limit);
            break;
        }
        case FILE_REMOVE:
            remove_file(path);
            break;
        case FILE_MAKE_DIRECTORY:
            make(path);
            break;
        case FILE_MOVE: {
            char *to = read_text(&r, PATH_MAX - 1);
            if (!r.bad && to[0]) {
                move_file(path, to);
            }
            break;
        }
        case FILE_PACK:
            pack_files(path);
        case FILE_UNPACK:
            unpack_files(path);
    }
    give_up("bad_path", "the request is not well formed");
}
