// Limits for a sandbox as a whole: cgroup v1 or v2, whichever this process can really write. Each controller is looked for by itself,
// because hosts mix the versions.
#include "belay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVER_LEAF "belay-server"

// Of the processes in a group: bubblewrap's, init, and the supervisor that is forked ahead.
enum { OWN_PROCESSES = 3 };

static const char *const controller_names[CONTROLLERS] = {"memory", "pids", "cpu"};

static bool has_word(const char *list, const char *word, const char *separators) {
    size_t size = strlen(word);
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, separators);
        if (length == size && strncmp(at, word, size) == 0) {
            return true;
        }
        at += length;
        at += strspn(at, separators);
    }
    return false;
}

// The path of this process below the mount of a controller ("" for version 2), as /proc/self/cgroup says it.
static bool own_path(const char *controller, char *out, size_t size) {
    char text[8192];
    if (read_small_file("/proc/self/cgroup", text, sizeof text) < 0) {
        return false;
    }
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        strsep(&line, ":");
        char *names = strsep(&line, ":");
        if (!names || !line) {
            continue;
        }
        bool match = controller[0] ? has_word(names, controller, ",") : names[0] == 0;
        if (match) {
            return (size_t)snprintf(out, size, "%s", line) < size;
        }
    }
    return false;
}

// The directory of this process's own group of a controller. Inside a container the path may not exist below the mount; then the mount
// itself is what was given to us.
static bool own_group(enum cgroup_version version, const char *controller, char *out, size_t size) {
    char text[65536];
    char below[400];
    if (read_small_file("/proc/self/mountinfo", text, sizeof text) < 0 || !own_path(controller, below, sizeof below)) {
        return false;
    }
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        char mount[400], type[32], options[400];
        char *tail = strstr(line, " - ");
        if (!tail || sscanf(line, "%*s %*s %*s %*s %399s", mount) != 1
            || sscanf(tail, " - %31s %*s %399s", type, options) != 2) {
            continue;
        }
        bool match = version == CGROUP_V2 ? strcmp(type, "cgroup2") == 0
                                          : strcmp(type, "cgroup") == 0 && has_word(options, controller, ",");
        if (!match) {
            continue;
        }
        struct stat s;
        if ((size_t)snprintf(out, size, "%s%s", mount, strcmp(below, "/") == 0 ? "" : below) < size && stat(out, &s) == 0) {
            return true;
        }
        return (size_t)snprintf(out, size, "%s", mount) < size;
    }
    return false;
}

static bool file_has_word(const char *directory, const char *file, const char *word) {
    char path[700], text[1024];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    return read_small_file(path, text, sizeof text) >= 0 && has_word(text, word, " \n");
}

// The version 2 group in which this server was started, also when an earlier helper has moved it into a leaf since.
static bool own_v2_group(char *out, size_t size) {
    if (!own_group(CGROUP_V2, "", out, size)) {
        return false;
    }
    size_t length = strlen(out), leaf = strlen("/" SERVER_LEAF);
    if (length > leaf && strcmp(out + length - leaf, "/" SERVER_LEAF) == 0) {
        out[length - leaf] = 0;
    }
    return true;
}

// A version 2 group passes a controller on only if it holds no process itself. A server that was given a group of its own moves itself and
// this helper into a leaf; where others live in the group too, they are left alone and the limits stay per process.
static bool enable_v2(const char *group, const char *controller) {
    char path[700], word[32], leaf[600], pid[32];
    if (!file_has_word(group, "cgroup.controllers", controller)) {
        return false;
    }
    if (file_has_word(group, "cgroup.subtree_control", controller)) {
        return true;
    }
    snprintf(path, sizeof path, "%s/cgroup.subtree_control", group);
    snprintf(word, sizeof word, "+%s", controller);
    if (write_small_file(path, word) == 0) {
        return true;
    }
    if (errno != EBUSY) {
        return false;
    }
    snprintf(leaf, sizeof leaf, "%s/" SERVER_LEAF, group);
    if (mkdir(leaf, 0755) < 0 && errno != EEXIST) {
        return false;
    }
    char procs[700];
    snprintf(procs, sizeof procs, "%s/cgroup.procs", leaf);
    snprintf(pid, sizeof pid, "%d", getppid());
    if (write_small_file(procs, pid) < 0 || write_small_file(procs, "0") < 0) {
        return false;
    }
    return write_small_file(path, word) == 0;
}

static bool can_make_groups(const char *parent, const char *prefix) {
    char path[700];
    snprintf(path, sizeof path, "%s/%strial", parent, prefix);
    if (mkdir(path, 0755) < 0) {
        return false;
    }
    return rmdir(path) == 0;
}

// Field 22 of /proc/PID/stat: tells a process from a later one with the same number. 0 for one that has ended, reaped or not.
static uint64_t start_time(pid_t pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_small_file(path, text, sizeof text) < 0) {
        return 0;
    }
    char *at = strrchr(text, ')');
    if (at && (strncmp(at, ") Z", 3) == 0 || strncmp(at, ") X", 3) == 0)) {
        return 0;
    }
    for (int field = 2; at && field < 22; field++) {
        at = strchr(at + 1, ' ');
    }
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

void find_cgroups(struct cgroup_host *host) {
    memset(host, 0, sizeof *host);
    snprintf(host->prefix, sizeof host->prefix, "belay-%d-%" PRIu64 "-", getpid(), start_time(getpid()));
    char v2[sizeof host->parent[0]];
    bool has_v2 = own_v2_group(v2, sizeof v2); // before anything is moved
    for (int c = 0; c < CONTROLLERS; c++) {
        char *parent = host->parent[c];
        enum cgroup_version version = NO_CGROUP;
        if (own_group(CGROUP_V1, controller_names[c], parent, sizeof v2)) {
            version = CGROUP_V1;
        } else if (has_v2 && enable_v2(v2, controller_names[c])) {
            memcpy(parent, v2, sizeof v2);
            version = CGROUP_V2;
        }
        host->version[c] = version != NO_CGROUP && can_make_groups(parent, host->prefix) ? version : NO_CGROUP;
    }
}

static int set_limit(const char *group, const char *file, const char *value, struct failure *f) {
    char path[800];
    snprintf(path, sizeof path, "%s/%s", group, file);
    return write_small_file(path, value) < 0 ? failed(f, "cannot write %s to the cgroup file %s", value, file) : 0;
}

// Files that a kernel may lack (no swap accounting) are passed over.
static int set_limit_if_present(const char *group, const char *file, const char *value, struct failure *f) {
    char path[800];
    snprintf(path, sizeof path, "%s/%s", group, file);
    return access(path, F_OK) < 0 ? 0 : set_limit(group, file, value, f);
}

static int set_limits(enum controller c, enum cgroup_version version, const char *group, const struct limits *l, struct failure *f) {
    char value[64];
    switch (c) {
        case MEMORY:
            snprintf(value, sizeof value, "%" PRIu64, l->memory);
            if (version == CGROUP_V2) {
                return set_limit(group, "memory.max", value, f) < 0 ? -1 : set_limit_if_present(group, "memory.swap.max", "0", f);
            }
            if (set_limit(group, "memory.limit_in_bytes", value, f) < 0
                || set_limit_if_present(group, "memory.memsw.limit_in_bytes", value, f) < 0) {
                return -1;
            }
            // Version 1 counts what waits in network sockets by itself, and lets it grow to what the whole host may have.
            snprintf(value, sizeof value, "%" PRIu64, l->memory / 8);
            return set_limit_if_present(group, "memory.kmem.tcp.limit_in_bytes", value, f);
        case PIDS:
            snprintf(value, sizeof value, "%" PRIu64, (uint64_t)l->processes + OWN_PROCESSES);
            return set_limit(group, "pids.max", value, f);
        case CPU: {
            uint64_t quota = (uint64_t)l->milli_cpus * 100;
            if (version == CGROUP_V2) {
                snprintf(value, sizeof value, "%" PRIu64 " 100000", quota < 1000 ? 1000 : quota);
                return set_limit(group, "cpu.max", value, f);
            }
            snprintf(value, sizeof value, "%" PRIu64, quota < 1000 ? 1000 : quota);
            return set_limit(group, "cpu.cfs_period_us", "100000", f) < 0 ? -1 : set_limit(group, "cpu.cfs_quota_us", value, f);
        }
        default:
            return 0;
    }
}

static void group_path(const struct cgroup_host *host, int c, const char *name, char *out, size_t size) {
    snprintf(out, size, "%s/%s%s", host->parent[c], host->prefix, name);
}

int join_cgroups(const struct cgroup_host *host, const char *name, const struct limits *limits, struct failure *f) {
    for (int c = 0; c < CONTROLLERS; c++) {
        if (host->version[c] == NO_CGROUP) {
            continue;
        }
        char group[700];
        group_path(host, c, name, group, sizeof group);
        if (mkdir(group, 0755) < 0 && errno != EEXIST) {
            return failed(f, "cannot make a %s cgroup", controller_names[c]);
        }
        if (set_limits(c, host->version[c], group, limits, f) < 0) {
            return -1;
        }
        // A single thread that moves itself by "tasks" spares the kernel a lock over all processes, which costs milliseconds.
        if (set_limit(group, host->version[c] == CGROUP_V1 ? "tasks" : "cgroup.procs", "0", f) < 0) {
            return -1;
        }
    }
    return 0;
}

int open_memory_events(const struct cgroup_host *host, const char *name) {
    if (host->version[MEMORY] == NO_CGROUP) {
        return -1;
    }
    char group[700], path[800];
    group_path(host, MEMORY, name, group, sizeof group);
    snprintf(path, sizeof path, "%s/%s", group, host->version[MEMORY] == CGROUP_V2 ? "memory.events" : "memory.oom_control");
    return open(path, O_RDONLY | O_CLOEXEC);
}

static uint64_t number_after(const char *text, const char *word) {
    size_t size = strlen(word);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, size) == 0 && line[size] == ' ') {
            return strtoull(line + size + 1, NULL, 10);
        }
    }
    return 0;
}

uint64_t read_memory_kills(int fd) {
    char text[1024];
    ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
    if (n < 0) {
        return 0;
    }
    text[n] = 0;
    return number_after(text, "oom_kill");
}

// The number in a file of a sandbox's group, alone in it or after a word.
static uint64_t read_number(const struct cgroup_host *host, const char *name, enum controller c, const char *file, const char *word) {
    char group[700], path[800], text[8192];
    if (host->version[c] == NO_CGROUP) {
        return UNKNOWN_NUMBER;
    }
    group_path(host, c, name, group, sizeof group);
    snprintf(path, sizeof path, "%s/%s", group, file);
    if (read_small_file(path, text, sizeof text) < 0) {
        return UNKNOWN_NUMBER;
    }
    return word ? number_after(text, word) : strtoull(text, NULL, 10);
}

void read_usage(const struct cgroup_host *host, const char *name, struct usage *u) {
    bool v2 = host->version[MEMORY] == CGROUP_V2;
    u->throttled = read_number(host, name, CPU, "cpu.stat", "nr_throttled");
    u->memory = read_number(host, name, MEMORY, v2 ? "memory.current" : "memory.usage_in_bytes", NULL);
    u->memory_peak = read_number(host, name, MEMORY, v2 ? "memory.peak" : "memory.max_usage_in_bytes", NULL);
    u->memory_kills = read_number(host, name, MEMORY, v2 ? "memory.events" : "memory.oom_control", "oom_kill");
    if (host->version[CPU] == CGROUP_V2) {
        u->cpu_micros = read_number(host, name, CPU, "cpu.stat", "usage_usec");
    } else {
        // Only where the host mounts both controllers together.
        uint64_t nanos = read_number(host, name, CPU, "cpuacct.usage", NULL);
        u->cpu_micros = nanos == UNKNOWN_NUMBER ? UNKNOWN_NUMBER : nanos / 1000;
    }
    uint64_t processes = read_number(host, name, PIDS, "pids.current", NULL);
    // Without bubblewrap's own process and init, as in the limit.
    u->processes = processes == UNKNOWN_NUMBER ? UNKNOWN_NUMBER : processes > OWN_PROCESSES ? processes - OWN_PROCESSES : 0;
}

static void kill_members(const char *group) {
    char path[800], text[65536];
    snprintf(path, sizeof path, "%s/cgroup.procs", group);
    if (read_small_file(path, text, sizeof text) < 0) {
        return;
    }
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        pid_t pid = (pid_t)strtol(line, NULL, 10);
        if (pid > 1) {
            kill(pid, SIGKILL);
        }
    }
}

static bool remove_group(const char *group) {
    if (rmdir(group) == 0 || errno == ENOENT) {
        return true;
    }
    kill_members(group);
    return rmdir(group) == 0 || errno == ENOENT;
}

bool remove_cgroups(const struct cgroup_host *host, const char *name) {
    bool gone = true;
    for (int c = 0; c < CONTROLLERS; c++) {
        if (host->version[c] != NO_CGROUP) {
            char group[700];
            group_path(host, c, name, group, sizeof group);
            gone &= remove_group(group);
        }
    }
    return gone;
}

// belay-PID-STARTTIME-NAME belongs to a spawner; if no such process lives, nobody will remove it but us.
static bool is_stale(const char *name) {
    int pid;
    uint64_t started;
    return sscanf(name, "belay-%d-%" SCNu64 "-", &pid, &started) == 2 && pid > 1 && start_time(pid) != started;
}

bool remove_stale_cgroups(const struct cgroup_host *host) {
    bool gone = true;
    for (int c = 0; c < CONTROLLERS; c++) {
        DIR *parent = host->version[c] == NO_CGROUP ? NULL : opendir(host->parent[c]);
        if (!parent) {
            continue;
        }
        for (struct dirent *e; (e = readdir(parent));) {
            char group[900];
            if (is_stale(e->d_name) && (size_t)snprintf(group, sizeof group, "%s/%s", host->parent[c], e->d_name) < sizeof group) {
                gone &= remove_group(group);
            }
        }
        closedir(parent);
    }
    return gone;
}
