// Which processes belong to what, as /proc says it. Run by process 1, which every process inside has as its last ancestor. Only reads what
// cannot block (the stat file takes no lock that a program holds).
#include "belay.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SEEN = 32768, MAX_ROUNDS = 32 };

struct process {
    pid_t pid, parent;
    bool dead;    // a zombie
    bool victim;
};

static struct process seen[MAX_SEEN];
static size_t seen_count;
static pid_t stopped_before[MAX_SEEN];
static size_t stopped_count;

static int by_pid(const void *a, const void *b) {
    pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
    return (x > y) - (x < y);
}

// False if it could not see everything (no descriptors or memory left): then the look must be repeated.
static bool look(void) {
    bool complete = true;
    seen_count = 0;
    DIR *proc = opendir("/proc");
    if (!proc) {
        return false;
    }
    for (struct dirent *e; seen_count < MAX_SEEN && (e = readdir(proc));) {
        char path[64], text[512], state;
        int parent;
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid <= 1) {
            continue;
        }
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        if (read_small_file(path, text, sizeof text) <= 0) {
            complete &= errno == ENOENT || errno == ESRCH; // gone meanwhile
            continue;
        }
        char *end = strrchr(text, ')'); // the name before it may hold anything
        if (end && sscanf(end + 1, " %c %d", &state, &parent) == 2) {
            seen[seen_count++] = (struct process){.pid = pid, .parent = parent, .dead = state == 'Z' || state == 'X'};
        }
    }
    closedir(proc);
    qsort(seen, seen_count, sizeof seen[0], by_pid);
    return complete && seen_count < MAX_SEEN;
}

static struct process *find(pid_t pid) {
    return bsearch(&pid, seen, seen_count, sizeof seen[0], by_pid);
}

static bool contains(const pid_t *list, size_t count, pid_t pid) {
    for (size_t i = 0; i < count; i++) {
        if (list[i] == pid) {
            return true;
        }
    }
    return false;
}

// Whether the chain of parents of a process passes one of the roots, or ends at process 1 in a process nobody knows.
static bool belongs(const struct process *p, const pid_t *roots, size_t root_count, const pid_t *known, size_t known_count) {
    for (size_t step = 0; p && step <= seen_count; step++) {
        if (p->parent == 1) {
            return known && !contains(known, known_count, p->pid);
        }
        if (contains(roots, root_count, p->parent)) {
            return true;
        }
        p = find(p->parent);
    }
    return false;
}

void signal_tree(pid_t root, int signal) {
    look();
    for (size_t i = 0; i < seen_count; i++) {
        if (!seen[i].dead && belongs(&seen[i], &root, 1, NULL, 0)) {
            kill(seen[i].pid, signal);
        }
    }
}

int kill_trees(const pid_t *roots, size_t root_count, const pid_t *known, size_t known_count) {
    bool complete = true;
    int living = 0;
    stopped_count = 0;
    // A process that forks faster than it is killed is first kept from forking: stop all, until a look finds nobody new.
    for (int round = 0; round < MAX_ROUNDS; round++) {
        bool found_new = false;
        living = 0;
        complete = look();
        for (size_t i = 0; i < seen_count; i++) {
            seen[i].victim = !seen[i].dead && belongs(&seen[i], roots, root_count, known, known_count);
            living += seen[i].victim;
            if (seen[i].victim && !bsearch(&seen[i].pid, stopped_before, stopped_count, sizeof(pid_t), by_pid)) {
                kill(seen[i].pid, SIGSTOP);
                found_new = true;
            }
        }
        stopped_count = 0;
        for (size_t i = 0; i < seen_count; i++) {
            if (seen[i].victim) {
                stopped_before[stopped_count++] = seen[i].pid;
            }
        }
        if (!found_new) {
            break;
        }
    }
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].victim) {
            kill(seen[i].pid, SIGKILL);
        }
    }
    return complete ? living : living + 1;
}
