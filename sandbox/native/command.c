// The two processes of an exec: a supervisor, to which everything that its command leaves behind is reparented, and the command.
#include "belay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int set_limits(const struct limits *l, bool memory_by_rlimit) {
    if (lower_limit(RLIMIT_NOFILE, l->open_files) < 0 || lower_limit(RLIMIT_FSIZE, l->file_bytes) < 0 || lower_limit(RLIMIT_NPROC, l->processes) < 0) {
        return -1;
    }
    return memory_by_rlimit ? lower_limit(RLIMIT_DATA, l->memory) : 0;
}

static const char *path_of(char *const *env) {
    for (; *env; env++) {
        if (strncmp(*env, "PATH=", 5) == 0) {
            return *env + 5;
        }
    }
    return "/usr/bin:/bin";
}

// execvp over the command's own PATH. Returns only if nothing could be started, with errno.
static void start_program(const struct command *c) {
    const char *program = c->argv[0];
    if (c->probe) {
        syscall(SYS_execveat, FD_SELF, "", c->argv, c->env, AT_EMPTY_PATH);
        return;
    }
    if (strchr(program, '/')) {
        execve(program, c->argv, c->env);
        return;
    }
    int error = ENOENT;
    for (const char *at = path_of(c->env); *program; at++) {
        char path[4096];
        size_t length = strcspn(at, ":");
        if (snprintf(path, sizeof path, "%.*s%s%s", (int)length, at, length ? "/" : "", program) < (int)sizeof path) {
            execve(path, c->argv, c->env);
            if (errno == EACCES) {
                error = EACCES; // goes on: a later entry may do
            } else if (errno != ENOENT && errno != ENOTDIR) {
                return;
            }
        }
        at += length;
        if (!*at) {
            break;
        }
    }
    errno = error;
}

// Runs between vfork and exec, in the supervisor's memory: system calls only, and what went wrong goes into outcome.
static void become_command(const struct command *c, const struct limits *l, bool memory_by_rlimit, bool channel, volatile struct outcome *o) {
    sigset_t none;
    sigemptyset(&none);
    o->start_stage = STAGE_DESCRIPTORS;
    unsigned first_closed = channel ? FD_CHANNEL + 1 : FD_CHANNEL;
    if (setsid() >= 0 && (!c->terminal || ioctl(0, TIOCSCTTY, 0) == 0) && (c->probe || syscall(SYS_close_range, first_closed, ~0U, 0) == 0)
        && sigprocmask(SIG_SETMASK, &none, NULL) == 0) {
        o->start_stage = STAGE_DIRECTORY;
        if (chdir(c->directory) == 0) {
            o->start_stage = STAGE_LIMITS;
            if (set_limits(l, memory_by_rlimit) == 0) {
                o->start_stage = STAGE_PROGRAM;
                start_program(c);
            }
        }
    }
    o->start_error = errno ? errno : EIO;
    _exit(127);
}

// Leaves the streams and this program. Starting a program can be made to wait (it may be under a lease), and what is inherited from
// process 1, connections of others among it, must not be held open for so long.
static int keep_streams(const struct streams *s) {
    bool channel = s->channel >= 0;
    if (dup2(s->input, 0) < 0 || dup2(s->output, 1) < 0 || dup2(s->errors, 2) < 0 || (channel && dup2(s->channel, FD_CHANNEL) < 0)) {
        return -1;
    }
    unsigned first_closed = channel ? FD_CHANNEL + 1 : FD_CHANNEL;
    return syscall(SYS_close_range, first_closed, FD_SELF - 1, 0) < 0 ? -1 : (int)syscall(SYS_close_range, FD_SELF + 1, ~0U, 0);
}

void become_worker(const struct command *c, const struct limits *l, bool memory_by_rlimit, const struct streams *s) {
    struct outcome unseen = {0};
    if (keep_streams(s) == 0) {
        become_command(c, l, memory_by_rlimit, s->channel >= 0, &unseen);
    }
    _exit(127);
}

void supervise(const struct command *c, const struct limits *l, bool memory_by_rlimit, const struct streams *s, volatile struct outcome *o) {
    pid_t child = -1;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || keep_streams(s) < 0) {
        o->start_error = errno;
        o->start_stage = STAGE_DESCRIPTORS;
    } else {
        child = vfork();
        if (child == 0) {
            become_command(c, l, memory_by_rlimit, s->channel >= 0, o);
        }
        if (child < 0) {
            o->start_error = errno;
            o->start_stage = STAGE_PROGRAM;
        }
    }
    // The other ends see the end of the streams only when nobody here holds them any more.
    syscall(SYS_close_range, 0, ~0U, 0);
    while (child > 0) {
        int status;
        pid_t ended = waitpid(-1, &status, 0);
        if (ended < 0 && errno == ECHILD) {
            break;
        }
        if (ended == child) {
            o->wait_status = status;
            while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
            }
            // With nothing left that could be waited for, no process of this exec is left.
            o->clean = ended < 0 && errno == ECHILD;
            break;
        }
    }
    o->reported = 1;
    // What is left is reparented to process 1, which kills it.
    _exit(0);
}
