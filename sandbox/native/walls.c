// From a forked child of the spawner to bubblewrap. As root: limits are joined, the writable directories are shown to the sandbox's own
// kernel user through id-mapped mounts, and root is given up before bubblewrap starts (started as root it would map the sandbox's user to
// the kernel's root). As a plain user: bubblewrap binds the directories directly, because they belong to that user anyway.
#include "walls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noreturn)) static void die(const struct failure *f) {
    size_t size = strlen(f->text);
    write_fully(STDERR_FILENO, f->text, size);
    _exit(f->unavailable ? EXIT_UNAVAILABLE : EXIT_FAILED);
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
