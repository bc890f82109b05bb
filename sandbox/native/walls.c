// From a forked child of the spawner to bubblewrap. As root: limits are joined, the writable directories are shown to the sandbox's own
// kernel user through id-mapped mounts, and root is given up before bubblewrap starts (started as root it would map the sandbox's user to
// the kernel's root). As a plain user: bubblewrap binds the directories directly, because they belong to that user anyway.
#include "belay.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// <sys/mount.h>, which declares this, cannot be included beside <linux/mount.h> with every C library.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
enum { FLAG_NOSUID = 2, FLAG_NODEV = 4, FLAG_NOEXEC = 8, FLAG_REC = 16384, FLAG_PRIVATE = 1 << 18 };

// Where the id-mapped mounts are attached: a tmpfs over a directory that every host has, in a mount namespace of the child's own. Each
// parent of it can be searched by the sandbox's user, which is not so for the directories themselves.
#define STAGE "/tmp"

__attribute__((noreturn)) static void die(const struct failure *f) {
    size_t size = strlen(f->text);
    write_fully(STDERR_FILENO, f->text, size);
    _exit(f->unavailable ? EXIT_UNAVAILABLE : EXIT_FAILED);
}

// ---- id-mapped mounts ----

// A user namespace whose map says: what belongs to `on_disk` shows as `shown`. A short-lived child holds it until it is open here.
static int map_namespace(uid_t on_disk_user, gid_t on_disk_group, uid_t shown, struct failure *f) {
    int hold[2];
    if (pipe2(hold, O_CLOEXEC) < 0) {
        return failed(f, "cannot make a pipe");
    }
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child < 0) {
        f->unavailable = true;
        return failed(f, "cannot make a user namespace for an id-mapped mount");
    }
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) < 0);
    }
    close(hold[0]);
    char path[64], map[64];
    int fd = -1;
    snprintf(path, sizeof path, "/proc/%ld/uid_map", child);
    snprintf(map, sizeof map, "%u %u 1\n", on_disk_user, shown);
    if (write_small_file(path, map) < 0) {
        failed(f, "cannot map user ids %s", map);
    } else {
        snprintf(path, sizeof path, "/proc/%ld/gid_map", child);
        snprintf(map, sizeof map, "%u %u 1\n", on_disk_group, shown);
        if (write_small_file(path, map) < 0) {
            failed(f, "cannot map group ids %s", map);
        } else {
            snprintf(path, sizeof path, "/proc/%ld/ns/user", child);
            fd = open(path, O_RDONLY | O_CLOEXEC);
            if (fd < 0) {
                failed(f, "cannot open the user namespace of an id-mapped mount");
            }
        }
    }
    close(hold[1]);
    while (waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR) {
    }
    return fd;
}

// Keeps the last map, because workspace and tmp nearly always have the same owner.
struct map_cache {
    uid_t user;
    gid_t group;
    int fd;
};

// A detached mount of the directory in which its owner shows as the sandbox's user. Ids other than the owner's have no name in it.
static int open_mapped(const char *path, uid_t shown, struct map_cache *cache, struct failure *f) {
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) {
        f->unavailable = errno == ENOSYS;
        return failed(f, "cannot open the directory %s to mount it", path);
    }
    struct stat s;
    if (fstat(tree, &s) < 0) {
        return failed(f, "cannot look at %s", path);
    }
    if (!S_ISDIR(s.st_mode)) {
        return refused(f, "%s is not a directory", path);
    }
    if (cache->fd < 0 || cache->user != s.st_uid || cache->group != s.st_gid) {
        close_quietly(&cache->fd);
        *cache = (struct map_cache){s.st_uid, s.st_gid, map_namespace(s.st_uid, s.st_gid, shown, f)};
        if (cache->fd < 0) {
            return -1;
        }
    }
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
        .userns_fd = (uint64_t)cache->fd,
    };
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
        f->unavailable = true;
        return failed(f, "the file system of %s (or this kernel, if older than 5.12) cannot do id-mapped mounts; put the data "
            "directory on ext4, xfs or btrfs, or run the server as a plain user", path);
    }
    return tree;
}

// A detached mount of a directory that all sandboxes may read, as its rights on the host let anyone read it.
static int open_shared(const char *path, struct failure *f) {
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    if (tree < 0) {
        return failed(f, "cannot open the shared directory %s", path);
    }
    struct stat s;
    if (fstat(tree, &s) < 0 || !S_ISDIR(s.st_mode)) {
        return refused(f, "%s is not a directory", path);
    }
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
        return failed(f, "cannot make the mount of %s read-only", path);
    }
    return tree;
}

static int attach(int tree, const char *name, char **path, struct failure *f) {
    char target[64];
    snprintf(target, sizeof target, STAGE "/%s", name);
    if (mkdir(target, 0755) < 0) {
        return failed(f, "cannot make a mount point for %s", *path);
    }
    if (syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
        return failed(f, "cannot attach the mount of %s", *path);
    }
    free(*path);
    *path = strdup(target);
    return *path ? 0 : failed(f, "cannot remember a path");
}

// The directory in the workspace onto which another one is mounted. Made here, by name and without following a link, because the workspace
// may come from an earlier run: bubblewrap would follow a link that was left there.
static int make_mount_point(const char *workspace, const char *name, struct failure *f) {
    int parent = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat owner, s;
    if (parent < 0 || fstat(parent, &owner) < 0) {
        return failed(f, "cannot open the workspace %s", workspace);
    }
    int result = 0;
    if (mkdirat(parent, name, 0755) == 0) {
        if (geteuid() == 0 && fchownat(parent, name, owner.st_uid, owner.st_gid, AT_SYMLINK_NOFOLLOW) < 0) {
            result = failed(f, "cannot hand the mount point %s to the workspace's owner", name);
        }
    } else if (errno != EEXIST) {
        result = failed(f, "cannot make the mount point %s", name);
    } else if (fstatat(parent, name, &s, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(s.st_mode)) {
        result = refused(f, "the workspace holds something that is not a directory where %s is to be mounted", name);
    }
    close(parent);
    return result;
}

// Mounts of this process's own, which go with it.
static int own_mounts(struct failure *f) {
    if (unshare(CLONE_NEWNS) < 0) {
        f->unavailable = true;
        return failed(f, "cannot make a mount namespace (root here lacks CAP_SYS_ADMIN; run the server as a plain user)");
    }
    return mount(NULL, "/", NULL, FLAG_REC | FLAG_PRIVATE, NULL) < 0 ? failed(f, "cannot make the mounts private") : 0;
}

// Shows every directory of the request below the stage and puts those paths into the request.
static int stage_mounts(struct request *q, uid_t uid, struct failure *f) {
    // All are opened before the stage covers what may be their own parent.
    struct map_cache cache = {.fd = -1};
    int workspace = open_mapped(q->workspace, uid, &cache, f);
    int tmp = workspace < 0 ? -1 : open_mapped(q->tmp, uid, &cache, f);
    int trees[MAX_DIRECTORIES], shared[MAX_DIRECTORIES];
    if (tmp < 0) {
        return -1;
    }
    for (uint32_t i = 0; i < q->directory_count; i++) {
        if ((trees[i] = open_mapped(q->directories[i].path, uid, &cache, f)) < 0) {
            return -1;
        }
    }
    for (uint32_t i = 0; i < q->shared_count; i++) {
        if ((shared[i] = open_shared(q->shared[i].path, f)) < 0) {
            return -1;
        }
    }
    if (mount("tmpfs", STAGE, "tmpfs", FLAG_NOSUID | FLAG_NODEV | FLAG_NOEXEC, "mode=755,size=64k,nr_inodes=256") < 0) {
        return failed(f, "cannot mount a tmpfs over " STAGE);
    }
    if (attach(workspace, "workspace", &q->workspace, f) < 0 || attach(tmp, "tmp", &q->tmp, f) < 0) {
        return -1;
    }
    for (uint32_t i = 0; i < q->directory_count; i++) {
        char name[16];
        snprintf(name, sizeof name, "d%u", i);
        if (attach(trees[i], name, &q->directories[i].path, f) < 0) {
            return -1;
        }
    }
    for (uint32_t i = 0; i < q->shared_count; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%u", i);
        if (attach(shared[i], name, &q->shared[i].path, f) < 0) {
            return -1;
        }
    }
    return 0;
}

// ---- rlimits that hold for everything inside, init too ----

// Processes, open files, file size and data are set by the supervisor of each exec, so that init itself is not bound by them.
static int lower_limits(struct failure *f) {
    static const struct {
        int resource;
        rlim_t value;
    } all[] = {
        {RLIMIT_CORE, 0}, {RLIMIT_MEMLOCK, 8 << 20}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_RTPRIO, 0}, {RLIMIT_NICE, 0}, {RLIMIT_SIGPENDING, 4096},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (lower_limit(all[i].resource, all[i].value) < 0) {
            return failed(f, "cannot set resource limit %d", all[i].resource);
        }
    }
    return 0;
}

// ---- bubblewrap's arguments ----

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

static int write_arguments(FILE *out, const struct request *q, struct failure *f) {
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

// ---- the way there ----

// Moves a descriptor to its agreed number, without close-on-exec.
static int place(int fd, int number, struct failure *f) {
    if (fd == number) {
        int flags = fcntl(fd, F_GETFD);
        return flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0 ? failed(f, "cannot keep a descriptor open") : 0;
    }
    return dup2(fd, number) < 0 ? failed(f, "cannot move a descriptor") : 0;
}

enum { LIFTED = 200 };

// Lifts a descriptor above the agreed numbers, so that placing one cannot overwrite another.
static int lift(int fd, struct failure *f) {
    int high = fcntl(fd, F_DUPFD_CLOEXEC, LIFTED);
    return high < 0 ? failed(f, "cannot lift a descriptor") : high;
}

// Leaves exactly the agreed descriptors open over the exec: all others are close-on-exec.
static int arrange_descriptors(const struct walls_host *host, const struct request *q, int events, int control, int listener, struct failure *f) {
    int self = lift(host->self, f);
    int memory = memfd_create("arguments", MFD_CLOEXEC);
    int args = memory < 0 ? -1 : lift(memory, f);
    int text = memory < 0 ? -1 : lift(memory, f);
    control = lift(control, f);
    listener = lift(listener, f);
    if (self < 0 || args < 0 || text < 0 || control < 0 || listener < 0) {
        return failed(f, "cannot arrange the descriptors");
    }
    if (events >= 0 && (events = lift(events, f)) < 0) {
        return -1;
    }
    if (syscall(SYS_close_range, 3, LIFTED - 1, 0) < 0) {
        return failed(f, "cannot close the spawner's descriptors");
    }
    FILE *out = fdopen(text, "w");
    if (!out || write_arguments(out, q, f) < 0 || fclose(out) != 0 || lseek(args, 0, SEEK_SET) < 0) {
        return failed(f, "cannot write the arguments of bubblewrap");
    }
    if (place(control, FD_CONTROL, f) < 0 || place(listener, FD_LISTENER, f) < 0 || place(self, FD_SELF, f) < 0
        || place(args, FD_BWRAP_ARGS, f) < 0) {
        return -1;
    }
    return events < 0 ? 0 : place(events, FD_MEMORY_EVENTS, f);
}

static int prepare(const struct walls_host *host, struct request *q, const char *name, uid_t uid, int control, int listener, struct failure *f) {
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
        return failed(f, "cannot tie the sandbox to its spawner");
    }
    // What the server or the spawner ignores must not be ignored by every program inside.
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    // A plain user may write the score below only of a process that it may look into.
    if (!host->root && prctl(PR_SET_DUMPABLE, 1) < 0) {
        return failed(f, "cannot open this process to its user");
    }
    // Before the cgroup namespace is made, else the host's path would show inside.
    if (join_cgroups(&host->cgroups, name, &q->limits, f) < 0) {
        return -1;
    }
    int events = open_memory_events(&host->cgroups, name);
    // When the whole machine runs out of memory, programs in sandboxes go before the server.
    if (write_small_file("/proc/self/oom_score_adj", "500") < 0) {
        return failed(f, "cannot set the out-of-memory score");
    }
    if (host->root && own_mounts(f) < 0) {
        return -1;
    }
    if (q->image[0]) {
        f->unavailable = !host->root;
        if (!host->root || mount_image(q, f) < 0) {
            return refused(f, "an exact limit for the disk needs a server that runs as root");
        }
    }
    for (uint32_t i = 0; i < q->directory_count; i++) {
        if (make_mount_point(q->workspace, q->directories[i].name, f) < 0) {
            return -1;
        }
    }
    if (host->root && stage_mounts(q, uid, f) < 0) {
        return -1;
    }
    if (lower_limits(f) < 0) {
        return -1;
    }
    umask(022);
    if (host->root && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)) {
        f->unavailable = true;
        return failed(f, "cannot become the sandbox's user (root here lacks CAP_SETUID or CAP_SETGID; run the server as a plain user)");
    }
    // A setuid bubblewrap would undo the line above.
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
        return failed(f, "cannot give up new privileges");
    }
    return arrange_descriptors(host, q, events, control, listener, f);
}

void raise_walls(const struct walls_host *host, struct request *q, const char *name, uid_t uid, int control, int listener) {
    struct failure f = {.text = ""};
    if (prepare(host, q, name, uid, control, listener, &f) < 0) {
        die(&f);
    }
    // The sealed copy of this program is started by descriptor, so that /proc/1/exe inside names no file of the host.
    char args_number[16], self_path[32];
    snprintf(args_number, sizeof args_number, "%d", FD_BWRAP_ARGS);
    snprintf(self_path, sizeof self_path, "/proc/self/fd/%d", FD_SELF);
    char *const argv[] = {"bwrap", "--args", args_number, self_path, "init", NULL};
    char *const env[] = {NULL};
    execve(host->bwrap, argv, env);
    f.unavailable = true;
    failed(&f, "cannot start bubblewrap (%s)", host->bwrap);
    die(&f);
}
