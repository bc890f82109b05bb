// Whole trees, in and out, by the worker that serves file operations. The archive's own format is read and written by the server, which is
// memory safe; here a tree is a row of states and contents, and nothing but directories and regular files passes.
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_TREE_DEPTH = 128, MAX_ENTRY = 2 * PATH_MAX };

// ---- out ----

static bool whole = true;

static bool is_regular_or_directory(const struct stat *s) {
    return S_ISREG(s->st_mode) || S_ISDIR(s->st_mode);
}

// A file as it was when it was opened: its size is told before its bytes.
static void pack_file(int parent, const char *name, const char *path) {
    struct stat s;
    int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s) < 0 || !S_ISREG(s.st_mode)) {
        whole = false;
        close_quietly(&fd);
        return;
    }
    send_state(path, &s);
    send_data(fd, (uint64_t)s.st_size, path);
    send_end(true);
    close(fd);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, int count) {
    for (int i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}

// The names in a directory, sorted. Returns how many, or -1.
static int read_names(int fd, char ***names) {
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = own < 0 ? NULL : fdopendir(own);
    int count = 0, size = 0;
    *names = NULL;
    if (!directory) {
        close_quietly(&own);
        return -1;
    }
    for (struct dirent *e; (errno = 0, e = readdir(directory));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        if (count == size) {
            size = size ? 2 * size : 64;
            char **grown = realloc(*names, (size_t)size * sizeof *grown);
            *names = grown ? grown : *names;
            if (!grown) {
                break;
            }
        }
        if (!((*names)[count] = strdup(e->d_name))) {
            break;
        }
        count++;
    }
    bool whole_directory = errno == 0;
    closedir(directory);
    if (!whole_directory) {
        free_names(*names, count);
        return -1;
    }
    if (count > 0) {
        qsort(*names, (size_t)count, sizeof **names, by_name);
    }
    return count;
}

static void pack_directory(int fd, const char *path, int depth) {
    char **names;
    int count = read_names(fd, &names);
    if (count < 0) {
        whole = false;
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *name = names[i];
        char below[PATH_MAX];
        struct stat s;
        int size = snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", name);
        if (size < 0 || size >= (int)sizeof below || fstatat(fd, name, &s, AT_SYMLINK_NOFOLLOW) < 0 || !is_regular_or_directory(&s)) {
            whole = false; // links, devices and the like stay behind
        } else if (S_ISREG(s.st_mode)) {
            pack_file(fd, name, below);
        } else {
            int next = depth < MAX_TREE_DEPTH ? openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
            send_state(below, &s);
            if (next < 0) {
                whole = false;
            } else {
                pack_directory(next, below, depth + 1);
                close(next);
            }
        }
    }
    free_names(names, count);
}

void pack_files(const char *asked) {
    char real[PATH_MAX];
    struct stat s;
    int path = open_inside(asked, real, &s);
    if (!is_regular_or_directory(&s)) {
        give_up("not_a_file", "%s is neither a directory nor a regular file", asked);
    }
    if (S_ISDIR(s.st_mode)) {
        pack_directory(reopen(path, O_RDONLY | O_DIRECTORY, asked), "", 0);
    } else {
        int fd = reopen(path, O_RDONLY, asked);
        if (fstat(fd, &s) < 0) {
            give_up_errno(asked);
        }
        send_state(strrchr(real, '/') + 1, &s);
        send_data(fd, (uint64_t)s.st_size, asked);
        send_end(true);
    }
    send_done(whole);
}

// ---- in ----

static bool is_plain_name(const char *name) {
    return *name && strlen(name) <= NAME_MAX && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

// Opens the directory of an entry beneath base, making what is missing and following no link, and leaves the last name in *last.
static int open_beneath(int base, char *path, const char **last) {
    char shown[PATH_MAX];
    snprintf(shown, sizeof shown, "%s", path);
    int at = dup(base);
    if (at < 0) {
        give_up_errno(shown);
    }
    char *rest = path, *part = strsep(&rest, "/");
    for (; rest; part = strsep(&rest, "/")) {
        if (!is_plain_name(part)) {
            give_up("bad_path", "the entry %s has a name that no entry may have", shown);
        }
        int next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && errno == ENOENT && (mkdirat(at, part, 0755) == 0 || errno == EEXIST)) {
            next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        if (next < 0 && (errno == ENOTDIR || errno == ELOOP)) {
            give_up("file_exists", "the entry %s leads through something that is not a directory", shown);
        }
        if (next < 0) {
            give_up_errno(shown);
        }
        close(at);
        at = next;
    }
    if (!is_plain_name(part)) {
        give_up("bad_path", "the entry %s has a name that no entry may have", shown);
    }
    *last = part;
    return at;
}

static void unpack_directory(int parent, const char *name, const char *shown) {
    struct stat s;
    if (mkdirat(parent, name, 0755) == 0) {
        return;
    }
    if (errno != EEXIST || fstatat(parent, name, &s, AT_SYMLINK_NOFOLLOW) < 0) {
        give_up_errno(shown);
    }
    if (!S_ISDIR(s.st_mode)) {
        give_up("file_exists", "%s exists and is not a directory", shown);
    }
}

static void unpack_file(int parent, const char *name, uint32_t mode, const char *shown) {
    // Whatever has the name is replaced and not written into: it may be a link, or a name of a file elsewhere.
    if (unlinkat(parent, name, 0) < 0 && errno != ENOENT) {
        give_up_errno(shown);
    }
    int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        give_up_errno(shown);
    }
    if (receive_content(fd, UINT64_MAX) < 0 || fchmod(fd, (mode & 0777) | 0600) < 0) {
        int error = errno;
        unlinkat(parent, name, 0);
        if (error == EPIPE) {
            finish(1);
        }
        errno = error;
        give_up_errno(shown);
    }
    close(fd);
}

static void set_mode(int parent, const char *name, uint32_t mode, const char *shown) {
    struct stat s;
    int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s) < 0) {
        give_up_errno(shown);
    }
    if (!S_ISREG(s.st_mode)) {
        give_up("not_a_file", "%s is not a regular file", shown);
    }
    if (fchmod(fd, (mode & 0777) | 0600) < 0) {
        give_up_errno(shown);
    }
    close(fd);
}

void unpack_files(const char *asked) {
    char real[PATH_MAX];
    static uint8_t buffer[MAX_ENTRY];
    struct stat s;
    int path = make_directory(asked, real, &s);
    for (;;) {
        uint32_t size;
        uint8_t type = receive_header(sizeof buffer, &size);
        receive_payload(buffer, size);
        if (type == FILE_DONE) {
            send_done(true);
        }
        struct reader r = {.at = buffer, .left = size};
        uint8_t kind = read_u8(&r);
        uint32_t mode = read_u32(&r);
        char *name = read_text(&r, PATH_MAX - 1);
        if (type != FILE_ENTRY || r.bad || r.left) {
            give_up("bad_path", "an entry is not well formed");
        }
        char *cut = strdup(name);
        const char *last;
        if (!cut) {
            give_up("file_denied", "the sandbox has not enough memory left to unpack");
        }
        int parent = open_beneath(path, cut, &last);
        if (kind == 1) {
            unpack_directory(parent, last, name);
        } else if (kind == 2) {
            set_mode(parent, last, mode, name);
        } else {
            unpack_file(parent, last, mode, name);
        }
        close(parent);
        free(cut);
        free(name);
    }
}
