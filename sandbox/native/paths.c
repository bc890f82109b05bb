// Paths of file operations. What one leads to is looked at after it was opened, on the descriptor that is then used.
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void normalise(const char *path, char out[PATH_MAX]) {
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

void require_inside(int fd, const char *asked, char real[PATH_MAX]) {
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

int open_parent(const char *asked, bool make, char name[NAME_MAX + 1]) {
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
