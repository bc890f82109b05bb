// What a directory holds.
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64, MAX_ENTRIES = 100000 };

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

void list_files(const char *asked, uint32_t depth, uint32_t limit) {
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
