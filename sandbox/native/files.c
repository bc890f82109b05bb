// File operations, done by a short-lived worker inside the sandbox, with no right that the sandbox's own programs lack. What a path leads
// to is looked at after it was opened, on the descriptor that is then used, so that nothing which is moved about meanwhile matters.
#include "belay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { MAX_DEPTH = 64, MAX_ENTRIES = 100000, MAX_LINKS = 16, KEEP_OPEN_DEPTH = 48 };

static int peer;

// renameat2, which not every C library has.
static int rename_at(int from, const char *old, int to, const char *new, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

// ---- answers ----

void finish(int status) {
    _exit(status);
}

void give_up(const char *code, const char *format, ...) {
    uint8_t buffer[8192];
    char text[6000];
    struct writer w;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    begin_frame(&w, buffer, sizeof buffer, FILE_ERROR);
    put_text(&w, code);
    put_text(&w, text);
    write_fully(peer, buffer, end_frame(&w));
    finish(1);
}

static const char *code_of(int error) {
    switch (error) {
        case ENOENT:
            return "file_not_found";
        case ENOTDIR:
            return "not_a_directory";
        case EEXIST:
        case ENOTEMPTY:
            return "file_exists";
        case EISDIR:
        case ENXIO:
            return "not_a_file";
        case ENOSPC:
        case EDQUOT:
            return "disk_full";
        case EFBIG:
            return "file_too_large";
        case ELOOP:
        case ENAMETOOLONG:
        case EINVAL:
        case EILSEQ:
            return "bad_path";
        default:
            return "file_denied";
    }
}

void give_up_errno(const char *path) {
    int error = errno;
    give_up(code_of(error), "%s: %s", path, strerror(error));
}

static void version_of(const struct stat *s, char *out, size_t size) {
    snprintf(out, size, "%" PRIu64 "-%" PRIu64 "-%" PRIu64 ".%09ld-%" PRIu64 ".%09ld", (uint64_t)s->st_ino, (uint64_t)s->st_size,
        (uint64_t)s->st_mtim.tv_sec, s->st_mtim.tv_nsec, (uint64_t)s->st_ctim.tv_sec, s->st_ctim.tv_nsec);
}

static uint8_t kind_of(const struct stat *s) {
    return S_ISREG(s->st_mode) ? 0 : S_ISDIR(s->st_mode) ? 1 : S_ISLNK(s->st_mode) ? 2 : 3;
}

void send_state(const char *path, const struct stat *s) {
    uint8_t buffer[16384];
    char version[160];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, FILE_STATE);
    put_text(&w, path);
    put_u8(&w, kind_of(s));
    put_u64(&w, (uint64_t)s->st_size);
    put_u64(&w, (uint64_t)s->st_mtim.tv_sec * 1000000 + (uint64_t)s->st_mtim.tv_nsec / 1000);
    put_u32(&w, s->st_mode & 07777);
    version_of(s, version, sizeof version);
    put_text(&w, version);
    if (w.full || write_fully(peer, buffer, end_frame(&w)) < 0) {
        finish(1);
    }
}

void send_end(bool complete) {
    uint8_t buffer[16];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, FILE_DONE);
    put_u8(&w, complete);
    if (write_fully(peer, buffer, end_frame(&w)) < 0) {
        finish(1);
    }
}

void send_done(bool complete) {
    send_end(complete);
    finish(0);
}

// Sends at most so many bytes of a file, fewer if it ends before.
void send_data(int fd, uint64_t size, const char *asked) {
    static uint8_t buffer[FRAME_HEADER + CHUNK];
    while (size > 0) {
        ssize_t n = read(fd, buffer + FRAME_HEADER, size < CHUNK ? (size_t)size : CHUNK);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            give_up_errno(asked);
        }
        if (n == 0) {
            return;
        }
        put_header(buffer, FILE_DATA, (uint32_t)n);
        if (write_fully(peer, buffer, FRAME_HEADER + (size_t)n) < 0) {
            finish(1);
        }
        size -= (uint64_t)n;
    }
}

// ---- what the server sends after its request ----

uint8_t receive_header(uint32_t max, uint32_t *size) {
    uint8_t header[FRAME_HEADER];
    if (read_fully(peer, header, sizeof header) < 0 || (*size = header_length(header)) > max) {
        finish(1);
    }
    return header[4];
}

void receive_payload(void *buffer, uint32_t size) {
    if (read_fully(peer, buffer, size) < 0) {
        finish(1);
    }
}

int receive_content(int fd, uint64_t max) {
    static uint8_t buffer[FRAME_HEADER + CHUNK];
    uint64_t total = 0;
    for (;;) {
        uint8_t header[FRAME_HEADER];
        if (read_fully(peer, header, sizeof header) < 0) {
            errno = EPIPE;
            return -1;
        }
        uint32_t size = header_length(header);
        if (header[4] == FILE_DONE && size == 0) {
            return 0;
        }
        if (header[4] != FILE_DATA || size > CHUNK || read_fully(peer, buffer, size) < 0) {
            errno = EPIPE;
            return -1;
        }
        if ((total += size) > max) {
            errno = EFBIG;
            return -1;
        }
        if (write_fully(fd, buffer, size) < 0) {
            return -1;
        }
    }
}

// ---- paths ----

// Absolute, relative ones made so beneath /workspace; every name within its limit.
static void normalise(const char *path, char out[PATH_MAX]) {
    int n = snprintf(out, PATH_MAX, "%s%s", path[0] == '/' ? "" : "/workspace/", path);
    if (n < 0 || n >= PATH_MAX) {
        give_up("bad_path", "the path is longer than %d bytes", PATH_MAX - 1);
    }
    for (const char *at = out; *at;) {
        at += strspn(at, "/");
        size_t size = strcspn(at, "/");
        if (size > NAME_MAX) {
            give_up("bad_path", "a name in the path is longer than %d bytes", NAME_MAX);
        }
        at += size;
    }
    while (n > 1 && out[n - 1] == '/') {
        out[--n] = 0;
    }
}

static bool lies_beneath(const char *path, const char *root) {
    size_t size = strlen(root);
    return strncmp(path, root, size) == 0 && (path[size] == 0 || path[size] == '/');
}

// Where a descriptor's file really is. Gives up if that is not in the writable tree.
static void require_inside(int fd, const char *asked, char real[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, real, PATH_MAX - 1);
    if (n < 0) {
        give_up_errno(asked);
    }
    real[n] = 0;
    if (n == PATH_MAX - 1 || (!lies_beneath(real, "/workspace") && !lies_beneath(real, "/tmp"))) {
        give_up("file_outside", "%s leads out of /workspace and /tmp", asked);
    }
}

int open_inside(const char *asked, char real[PATH_MAX], struct stat *s) {
    char path[PATH_MAX];
    normalise(asked, path);
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, s) < 0) {
        give_up_errno(asked);
    }
    require_inside(fd, asked, real);
    return fd;
}

int reopen(int fd, int flags, const char *asked) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int opened = open(link, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (opened < 0) {
        give_up_errno(asked);
    }
    return opened;
}

// The parent of a path, opened and required inside, and the last name. Makes missing directories if asked to.
static int open_parent(const char *asked, bool make, char name[NAME_MAX + 1]) {
    char path[PATH_MAX], real[PATH_MAX];
    normalise(asked, path);
    char *last = strrchr(path, '/') + 1;
    if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        give_up("bad_path", "%s does not end in a name", asked);
    }
    strcpy(name, last);
    *last = 0;
    int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) {
        give_up_errno(asked);
    }
    char *rest = path, *part;
    while ((part = strsep(&rest, "/"))) {
        if (!*part) {
            continue;
        }
        int next = openat(at, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (next < 0 && errno == ENOENT && make) {
            require_inside(at, asked, real);
            if (mkdirat(at, part, 0755) < 0 && errno != EEXIST) {
                give_up_errno(asked);
            }
            next = openat(at, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        if (next < 0) {
            give_up_errno(asked);
        }
        close(at);
        at = next;
    }
    require_inside(at, asked, real);
    return at;
}

// ---- operations ----

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

// ---- list ----

struct entry {
    char *name; // a directory is there twice: "name", and "name/" for what is beneath it, so that whole paths come out sorted
    bool beneath;
};

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

struct listing {
    uint64_t left;
    bool complete;
    bool clamped; // asked for more levels than are walked
};

// At most `limit` entries come out in the end, so no directory needs more than its first `limit` names, however many it holds.
static size_t cut(struct entry *entries, size_t count, size_t limit) {
    qsort(entries, count, sizeof entries[0], by_name);
    for (size_t i = limit; i < count; i++) {
        free(entries[i].name);
    }
    return count < limit ? count : limit;
}

static void add_entry(struct entry **entries, size_t *count, size_t *size, const char *name, bool beneath) {
    if (*count == *size) {
        *size = *size ? *size * 2 : 64;
        *entries = realloc(*entries, *size * sizeof **entries);
        if (!*entries) {
            give_up("file_denied", "the sandbox has not enough memory left to list this directory");
        }
    }
    struct entry e = {malloc(strlen(name) + 2), beneath};
    if (!e.name) {
        give_up("file_denied", "the sandbox has not enough memory left to list this directory");
    }
    strcpy(e.name, name);
    if (beneath) {
        strcat(e.name, "/");
    }
    (*entries)[(*count)++] = e;
}

static void list_directory(int fd, const char *path, int depth, struct listing *l) {
    DIR *directory = fdopendir(fd);
    if (!directory) {
        give_up_errno(path);
    }
    struct entry *entries = NULL;
    size_t count = 0, size = 0, limit = (size_t)l->left + 1;
    for (struct dirent *e; (e = readdir(directory));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        if (count > 2 * limit + 64) {
            count = cut(entries, count, limit);
        }
        add_entry(&entries, &count, &size, e->d_name, false);
        if (e->d_type == DT_DIR || e->d_type == DT_UNKNOWN) {
            if (depth > 1) {
                add_entry(&entries, &count, &size, e->d_name, true);
            } else if (l->clamped) {
                l->complete = false;
            }
        }
    }
    count = cut(entries, count, limit);
    for (size_t i = 0; i < count; i++) {
        char below[2 * PATH_MAX];
        struct stat s;
        size_t length = strlen(entries[i].name);
        if (l->left == 0 || (size_t)snprintf(below, sizeof below, "%s/%s", path, entries[i].name) >= PATH_MAX) {
            l->complete = false;
        } else if (entries[i].beneath) {
            entries[i].name[length - 1] = below[strlen(below) - 1] = 0;
            int next = openat(dirfd(directory), entries[i].name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (next >= 0) {
                list_directory(next, below, depth - 1, l);
            } else if (errno == EACCES) {
                l->complete = false;
            }
        } else if (fstatat(dirfd(directory), entries[i].name, &s, AT_SYMLINK_NOFOLLOW) == 0) {
            send_state(below, &s);
            l->left--;
        }
        free(entries[i].name);
    }
    free(entries);
    closedir(directory);
}

static void list_files(const char *asked, uint32_t depth, uint32_t limit) {
    char real[PATH_MAX];
    struct stat s;
    int path = open_inside(asked, real, &s);
    if (!S_ISDIR(s.st_mode)) {
        give_up("not_a_directory", "%s is not a directory", asked);
    }
    struct listing l = {.left = limit > MAX_ENTRIES ? MAX_ENTRIES : limit, .complete = true, .clamped = depth > MAX_DEPTH};
    list_directory(reopen(path, O_RDONLY | O_DIRECTORY, asked), real, depth > MAX_DEPTH ? MAX_DEPTH : (int)depth, &l);
    send_done(l.complete);
}

// ---- remove ----

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

static void remove_file(const char *asked) {
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

// ---- make, move ----

int make_directory(const char *asked, char real[PATH_MAX], struct stat *s) {
    char path[PATH_MAX], name[NAME_MAX + 1];
    normalise(asked, path);
    if (strcmp(path, "/workspace") != 0 && strcmp(path, "/tmp") != 0) {
        int parent = open_parent(path, true, name);
        if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST) {
            give_up_errno(asked);
        }
        close(parent);
    }
    int fd = open_inside(asked, real, s);
    if (!S_ISDIR(s->st_mode)) {
        give_up("file_exists", "%s exists and is not a directory", asked);
    }
    return fd;
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
    peer = socket;
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
