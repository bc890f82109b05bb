// What the server asks a sandbox to be made of.
#include "belay.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const namespace_names[NAMESPACES] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};

int read_namespaces(uint64_t inodes[NAMESPACES], struct failure *f) {
    for (int i = 0; i < NAMESPACES; i++) {
        char path[64];
        struct stat s;
        snprintf(path, sizeof path, "/proc/self/ns/%s", namespace_names[i]);
        if (stat(path, &s) < 0) {
            return failed(f, "this kernel has no %s namespace (%s)", namespace_names[i], path);
        }
        inodes[i] = s.st_ino;
    }
    return 0;
}

static bool is_directory_name(const char *name) {
    size_t size = name ? strlen(name) : 0;
    return size > 0 && size <= NAME_MAX && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int parse_directories(struct directory *directories, uint32_t *count, struct reader *r, struct failure *f) {
    uint32_t announced = read_u32(r);
    if (announced > MAX_DIRECTORIES) {
        return refused(f, "more than %d mounted directories", MAX_DIRECTORIES);
    }
    for (uint32_t i = 0; i < announced && !r->bad; i++) {
        directories[i].path = read_text(r, PATH_MAX - 1);
        directories[i].name = read_text(r, NAME_MAX);
        *count = i + 1;
        if (!r->bad && !is_directory_name(directories[i].name)) {
            return refused(f, "not a directory name: %s", directories[i].name);
        }
    }
    return 0;
}

int parse_request(struct request *q, struct reader *r, struct failure *f) {
    memset(q, 0, sizeof *q);
    for (int i = 0; i < NONCE; i++) {
        q->nonce[i] = read_u8(r);
    }
    q->limits.memory = read_u64(r);
    q->limits.processes = read_u32(r);
    q->limits.milli_cpus = read_u32(r);
    q->limits.open_files = read_u32(r);
    q->limits.file_bytes = read_u64(r);
    q->workspace = read_text(r, PATH_MAX - 1);
    q->tmp = read_text(r, PATH_MAX - 1);
    if (parse_directories(q->directories, &q->directory_count, r, f) < 0 || parse_directories(q->shared, &q->shared_count, r, f) < 0) {
        return -1;
    }
    q->image = read_text(r, PATH_MAX - 1);
    if (r->bad || r->left != 0) {
        return refused(f, "the create request is not well formed");
    }
    if (q->workspace[0] != '/' || q->tmp[0] != '/') {
        return refused(f, "the state directory is not absolute");
    }
    return 0;
}

void free_request(struct request *q) {
    free(q->workspace);
    free(q->tmp);
    free(q->image);
    for (uint32_t i = 0; i < MAX_DIRECTORIES; i++) {
        free(q->directories[i].path);
        free(q->directories[i].name);
        free(q->shared[i].path);
        free(q->shared[i].name);
    }
    memset(q, 0, sizeof *q);
}
