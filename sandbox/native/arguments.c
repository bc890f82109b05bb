// What bubblewrap is told: the file system of a sandbox, and its namespaces.
#include "walls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct arguments {
    FILE *out;
    int next_file;
};

static void add(struct arguments *a, const char *text) {
    fputs(text, a->out);
    fputc(0, a->out);
}

#define ADD(a, ...) \
    do { \
        const char *texts[] = {__VA_ARGS__}; \
        for (size_t i_ = 0; i_ < sizeof texts / sizeof texts[0]; i_++) { \
            add(a, texts[i_]); \
        } \
    } while (0)

// /bin, /sbin, /lib and the like, as this host has them: links into /usr, or directories of their own.
static void add_root_entry(struct arguments *a, const char *path) {
    char target[256];
    struct stat s;
    if (lstat(path, &s) < 0) {
        return;
    }
    if (S_ISLNK(s.st_mode)) {
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n > 0) {
            target[n] = 0;
            ADD(a, "--symlink", target, path);
        }
    } else if (S_ISDIR(s.st_mode)) {
        ADD(a, "--ro-bind", path, path);
    }
}

// A read-only file, handed to bubblewrap by a descriptor.
static int add_file(struct arguments *a, const char *path, const void *content, size_t size, struct failure *f) {
    char number[16];
    int memory = memfd_create("file", 0);
    if (memory < 0) {
        return failed(f, "cannot make a file in memory");
    }
    if (write_fully(memory, content, size) < 0 || lseek(memory, 0, SEEK_SET) < 0) {
        return failed(f, "cannot fill the file for %s", path);
    }
    int fd = a->next_file++;
    if (memory != fd) {
        if (dup2(memory, fd) < 0) {
            return failed(f, "cannot move a descriptor");
        }
        close(memory);
    }
    snprintf(number, sizeof number, "%d", fd);
    ADD(a, "--perms", "0444", "--file", number, path);
    return 0;
}

static int add_etc(struct arguments *a, struct failure *f) {
    static const struct {
        const char *path, *content;
    } files[] = {
        {"/etc/passwd", "user:x:1000:1000:user:/workspace:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"},
        {"/etc/group", "user:x:1000:\nnogroup:x:65534:\n"},
        {"/etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"},
        {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
        {"/etc/resolv.conf", ""},
    };
    ADD(a, "--perms", "0755", "--dir", "/etc");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (add_file(a, files[i].path, files[i].content, strlen(files[i].content), f) < 0) {
            return -1;
        }
    }
    static const char *const shown[] = {"/etc/ld.so.cache", "/etc/ssl/certs", "/etc/alternatives", "/etc/localtime"};
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (access(shown[i], R_OK) == 0) {
            ADD(a, "--ro-bind", shown[i], shown[i]);
        }
    }
    return 0;
}

// What Belay itself runs inside, and what programs may use of it.
static int add_inside(struct arguments *a, struct failure *f) {
    for (size_t i = 0; i < inside_file_count; i++) {
        if (add_file(a, inside_files[i].path, inside_files[i].content, (size_t)(inside_files[i].end - inside_files[i].content), f) < 0) {
            return -1;
        }
    }
    return 0;
}

// What bubblewrap leaves open in /proc. /proc/sys must be covered by name: bubblewrap's own cover is skipped where access(2) says no, and
// the limits of message queues belong to the sandbox's user otherwise.
static void add_proc(struct arguments *a) {
    static const char *const read_only[] = {"/proc/sys", "/proc/irq", "/proc/bus", "/proc/fs"};
    static const char *const masked[] = {"/proc/kcore", "/proc/keys", "/proc/kallsyms", "/proc/timer_list", "/proc/interrupts",
        "/proc/sysrq-trigger", "/proc/kmsg", "/proc/latency_stats", "/proc/sched_debug"};
    ADD(a, "--proc", "/proc");
    for (size_t i = 0; i < sizeof read_only / sizeof read_only[0]; i++) {
        if (access(read_only[i], F_OK) == 0) {
            ADD(a, "--ro-bind", read_only[i], read_only[i]);
        }
    }
    for (size_t i = 0; i < sizeof masked / sizeof masked[0]; i++) {
        if (access(masked[i], F_OK) == 0) {
            ADD(a, "--ro-bind", "/dev/null", masked[i]);
        }
    }
    // What is written there is about the process itself, its out-of-memory score among it, which must not be lowered.
    ADD(a, "--remount-ro", "/proc");
}

int write_arguments(FILE *out, const struct request *q, struct failure *f) {
    struct arguments args = {.out = out, .next_file = FD_FIRST_FILE}, *a = &args;
    // Every namespace by name: the "all" of bubblewrap contains a "try" that falls back in silence.
    ADD(a, "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup");
    ADD(a, "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--cap-drop", "ALL", "--new-session", "--die-with-parent", "--as-pid-1");
    ADD(a, "--ro-bind", "/usr", "/usr");
    static const char *const roots[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        add_root_entry(a, roots[i]);
    }
    if (add_etc(a, f) < 0 || add_inside(a, f) < 0) {
        return -1;
    }
    add_proc(a);
    ADD(a, "--dev", "/dev", "--perms", "1777", "--size", "33554432", "--tmpfs", "/dev/shm", "--remount-ro", "/dev");
    ADD(a, "--bind", q->tmp, "/tmp", "--bind", q->workspace, "/workspace");
    for (uint32_t i = 0; i < q->directory_count; i++) {
        char inside[512];
        snprintf(inside, sizeof inside, "/workspace/%s", q->directories[i].name);
        ADD(a, "--bind", q->directories[i].path, inside);
    }
    for (uint32_t i = 0; i < q->shared_count; i++) {
        char inside[512];
        snprintf(inside, sizeof inside, "/mnt/%s", q->shared[i].name);
        ADD(a, "--ro-bind", q->shared[i].path, inside);
    }
    ADD(a, "--remount-ro", "/", "--chdir", "/workspace");
    return 0;
}
