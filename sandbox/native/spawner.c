// The parent of every sandbox. One thread and one poll loop, because bubblewrap's die-with-parent follows the thread that started it. It
// lives as long as its standard input is open: when the server is gone, so is everything here.
//
// A connection is a sandbox: the server sends CREATE, keeps the connection, and the sandbox ends when it is closed.
#include "spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- the server's side ----

static void take_frame(struct spawner *p, struct sandbox *s) {
    struct reader r = {.at = s->in + FRAME_HEADER, .left = s->in_used - FRAME_HEADER};
    uint8_t type = s->in[4];
    s->in_used = 0;
    if (type == CREATE && s->state == RECEIVING) {
        create(p, s, &r);
    } else if (type == STATS && (s->state == RUNNING || s->state == DEAD)) {
        answer_stats(p, s);
    } else {
        s->answer_destroyed = type == DESTROY;
        end_sandbox(s);
    }
}

static void take_bytes(struct spawner *p, struct sandbox *s) {
    size_t wanted = FRAME_HEADER;
    if (s->in_used >= FRAME_HEADER) {
        wanted += header_length(s->in);
    }
    if (wanted > s->in_size) {
        uint8_t *grown = wanted > MAX_CREATE ? NULL : realloc(s->in, wanted);
        if (!grown) {
            end_sandbox(s);
            return;
        }
        s->in = grown;
        s->in_size = wanted;
    }
    ssize_t n = recv(s->client, s->in + s->in_used, wanted - s->in_used, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        close_quietly(&s->client);
        end_sandbox(s);
        return;
    }
    s->in_used += (size_t)n;
    if (s->in_used >= FRAME_HEADER && s->in_used == FRAME_HEADER + (size_t)header_length(s->in)) {
        take_frame(p, s);
    }
}

static void accept_server(struct spawner *p) {
    int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (fd < 0) {
        return;
    }
    struct sandbox *s = NULL;
    if (!p->ending && p->count < MAX_SANDBOXES && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == getuid()) {
        s = calloc(1, sizeof *s);
    }
    if (!s) {
        close(fd);
        return;
    }
    *s = (struct sandbox){.client = fd, .control = -1, .errors = -1, .init = -1, .uid_lock = -1, .next = p->all};
    p->all = s;
    p->count++;
}

static void reap(struct spawner *p) {
    struct signalfd_siginfo ignored[8];
    while (read(p->signals, ignored, sizeof ignored) > 0) {
    }
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (struct sandbox *s = p->all; s; s = s->next) {
            if (s->bwrap == pid) {
                bwrap_ended(s, status);
                break;
            }
        }
    }
}

// ---- the loop ----

enum source { FROM_STDIN, FROM_LISTENER, FROM_SIGNALS, FROM_CLIENT, FROM_CONTROL, FROM_ERRORS, FROM_INIT };

struct watch {
    struct pollfd *polled;
    struct {
        enum source source;
        struct sandbox *sandbox;
    } *owners;
    size_t used, size;
};

static void watch(struct watch *w, int fd, enum source source, struct sandbox *s) {
    if (fd >= 0 && w->used < w->size) {
        w->polled[w->used] = (struct pollfd){.fd = fd, .events = POLLIN};
        w->owners[w->used].source = source;
        w->owners[w->used++].sandbox = s;
    }
}

static void watch_all(struct spawner *p, struct watch *w) {
    w->used = 0;
    if (!p->ending) {
        watch(w, STDIN_FILENO, FROM_STDIN, NULL);
        watch(w, p->listener, FROM_LISTENER, NULL);
    }
    watch(w, p->signals, FROM_SIGNALS, NULL);
    for (struct sandbox *s = p->all; s; s = s->next) {
        if (s->state != ENDING) {
            watch(w, s->client, FROM_CLIENT, s);
            watch(w, s->control, FROM_CONTROL, s);
        } else {
            watch(w, has_exited(s->init) ? -1 : s->init, FROM_INIT, s);
        }
        watch(w, s->errors, FROM_ERRORS, s);
    }
}

static void handle(struct spawner *p, enum source source, struct sandbox *s) {
    switch (source) {
        case FROM_STDIN: {
            char ignored[64];
            ssize_t n = read(STDIN_FILENO, ignored, sizeof ignored);
            if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
                p->ending = true;
                for (struct sandbox *each = p->all; each; each = each->next) {
                    close_quietly(&each->client);
                    end_sandbox(each);
                }
            }
            break;
        }
        case FROM_LISTENER:
            accept_server(p);
            break;
        case FROM_SIGNALS:
            reap(p);
            break;
        case FROM_CLIENT:
            take_bytes(p, s);
            break;
        case FROM_CONTROL:
            take_hello(p, s);
            break;
        case FROM_ERRORS:
            take_errors(s);
            break;
        case FROM_INIT:
            break; // its end is looked at below
    }
}

// What waits for time or for others to finish. Returns how long poll may sleep.
static int sweep(struct spawner *p) {
    int64_t now = now_ms();
    int wait = -1;
    for (struct sandbox *s = p->all, *next; s; s = next) {
        next = s->next;
        if (s->client < 0 && s->state != ENDING) {
            end_sandbox(s);
        }
        if (s->state == STARTING && now >= s->deadline) {
            struct failure f = {.text = ""};
            refused(&f, "the sandbox was not ready after %d s %s", START_DEADLINE_MS / 1000, s->error_text);
            refuse(s, &f);
        }
        if (s->state == STARTING && wait < 0) {
            wait = 1000;
        }
        if (s->state == ENDING && now >= s->deadline && s->bwrap > 0) {
            kill(s->bwrap, SIGKILL);
        }
        if (s->state == ENDING && is_gone(p, s)) {
            forget(p, s);
        } else if (s->state == ENDING) {
            wait = RETRY_MS;
        }
    }
    if (p->stale_groups && now < p->stale_deadline) {
        p->stale_groups = !remove_stale_cgroups(&p->host.cgroups);
        wait = p->stale_groups && (wait < 0 || wait > 20) ? 20 : wait;
    }
    return wait;
}

static int run_loop(struct spawner *p) {
    struct watch w = {.size = 8 + 4 * (size_t)MAX_SANDBOXES};
    w.polled = calloc(w.size, sizeof *w.polled);
    w.owners = calloc(w.size, sizeof *w.owners);
    if (!w.polled || !w.owners) {
        return 1;
    }
    for (;;) {
        int wait = sweep(p);
        if (p->ending && !p->all) {
            unlink(p->socket_path);
            return 0;
        }
        watch_all(p, &w);
        int ready = poll(w.polled, w.used, wait);
        if (ready < 0 && errno != EINTR) {
            perror("poll");
            return 1;
        }
        // One event per turn: handling it may close what another event in the list speaks of.
        for (size_t i = 0; ready > 0 && i < w.used; i++) {
            if (w.polled[i].revents) {
                handle(p, w.owners[i].source, w.owners[i].sandbox);
                break;
            }
        }
    }
}

// ---- start ----

// A sealed copy of this program in memory: the sandboxes share it, nobody can write it, and it has no path.
static int seal_self(struct failure *f) {
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat s;
    int copy = memfd_create("belay-sandbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (program < 0 || copy < 0 || fstat(program, &s) < 0) {
        return failed(f, "cannot copy this program");
    }
    char buffer[65536];
    ssize_t n;
    while ((n = read(program, buffer, sizeof buffer)) > 0) {
        if (write_fully(copy, buffer, (size_t)n) < 0) {
            return failed(f, "cannot copy this program");
        }
    }
    close(program);
    if (n < 0 || fchmod(copy, 0555) < 0
        || fcntl(copy, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
        return failed(f, "cannot seal the copy of this program");
    }
    // Opened again for reading only: a program cannot be started from a descriptor that can write.
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
    int sealed = open(path, O_RDONLY | O_CLOEXEC);
    if (sealed < 0) {
        return failed(f, "cannot open the copy of this program");
    }
    close(copy);
    return sealed;
}

// Root that can give each sandbox a user of its own. Root of an unprivileged container cannot: the ids are not mapped there, and it is an
// ordinary user of the host, as which this works then. Root that is the kernel's own and has no such ids would be what every sandbox runs as.
static int find_users(bool *root, struct failure *f) {
    char map[4096];
    bool gives = false, kernels_root = false;
    *root = false;
    if (geteuid() != 0) {
        return 0;
    }
    if (read_small_file("/proc/self/uid_map", map, sizeof map) < 0) {
        return failed(f, "cannot read the map of user ids");
    }
    for (char *rest = map, *line; (line = strsep(&rest, "\n"));) {
        unsigned long inside, outside, count;
        if (sscanf(line, "%lu %lu %lu", &inside, &outside, &count) == 3) {
            gives |= inside <= FIRST_UID && LAST_UID < inside + count;
            kernels_root |= inside == 0 && outside == 0;
        }
    }
    if (!gives && kernels_root) {
        return refused(f, "root here is the host's root without the user ids %d to %d; map them, or run the server as a plain user", FIRST_UID,
            LAST_UID);
    }
    *root = gives;
    return 0;
}

static int start(struct spawner *p, const char *directory, const char *bwrap, struct failure *f) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    struct rlimit files;
    p->directory = directory;
    p->host.bwrap = bwrap;
    if (find_users(&p->host.root, f) < 0) {
        return -1;
    }
    signal(SIGPIPE, SIG_IGN);
    // Ctrl-C at the server's terminal goes to the whole foreground group: in a session of their own the sandboxes live on until the
    // server has ended its turns. This process ends by the life line alone, so that it can clean up.
    setsid(); // refused only for the leader of a group, which no terminal's Ctrl-C reaches
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (prctl(PR_SET_DUMPABLE, 0) < 0) {
        return failed(f, "cannot close this process to others");
    }
    // What a killed bubblewrap leaves is reaped here, and not whenever the host's process 1 gets to it.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
        return failed(f, "cannot become a reaper");
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files); // more sandboxes if it works, fewer if not
    }
    if (sigprocmask(SIG_BLOCK, &child, NULL) < 0 || (p->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK)) < 0) {
        return failed(f, "cannot wait for children");
    }
    if (read_namespaces(p->host.namespaces, f) < 0 || (p->host.self = seal_self(f)) < 0) {
        return -1;
    }
    find_cgroups(&p->host.cgroups);
    p->stale_groups = true;
    p->stale_deadline = now_ms() + 10000;
    if (strlen(directory) > MAX_DIRECTORY_PATH) {
        return refused(f, "the runtime directory's path is longer than %d bytes: %s", MAX_DIRECTORY_PATH, directory);
    }
    snprintf(p->socket_path, sizeof p->socket_path, "%s/spawner", directory);
    p->listener = listen_at(p->socket_path, f);
    return p->listener < 0 ? -1 : 0;
}

int run_spawner(int argc, char **argv) {
    struct spawner p = {.listener = -1};
    struct failure f = {.text = ""};
    if (argc != 4) {
        fprintf(stderr, "usage: belay-sandbox spawner DIRECTORY BWRAP\n");
        return 2;
    }
    if (start(&p, argv[2], argv[3], &f) < 0) {
        printf("error %s\n", f.text);
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    return run_loop(&p);
}
