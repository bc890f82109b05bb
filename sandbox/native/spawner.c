// The parent of every sandbox. One thread and one poll loop, because bubblewrap's die-with-parent follows the thread that started it. It
// lives as long as its standard input is open: when the server is gone, so is everything here.
//
// A connection is a sandbox: the server sends CREATE, keeps the connection, and the sandbox ends when it is closed.
#include "belay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FIRST_UID = 200000,
    LAST_UID = 265535,
    START_DEADLINE_MS = 20000,
    END_DEADLINE_MS = 1000,
    MAX_SANDBOXES = 4096,
    MAX_CREATE = 1 << 20,
    RETRY_MS = 3,
    MAX_DIRECTORY_PATH = 80, // leaves room for a socket's name in the 106 bytes that Java allows
};

// DEAD: process 1 ended by itself; the entry waits for the server to let go.
enum state { RECEIVING, STARTING, RUNNING, DEAD, ENDING };

struct sandbox {
    struct sandbox *next;
    enum state state;
    int client;  // the server's connection, or -1 once it is closed
    int control; // our end of the pair that init holds
    int errors;  // what bubblewrap and init say on standard error until init is ready
    int init;    // pidfd of process 1
    int uid_lock;
    uid_t uid;
    pid_t bwrap; // 0 when reaped
    int64_t deadline;
    bool answer_destroyed;
    char name[2 * NONCE + 1];
    char socket_path[108];
    struct orders orders;
    uint8_t *in; // the frame being received
    size_t in_used, in_size;
    char error_text[1500];
    size_t error_used;
};

struct spawner {
    struct walls_host host;
    const char *directory;
    char socket_path[108];
    int listener, signals;
    struct sandbox *all;
    size_t count;
    bool ending, stale_groups;
    int64_t stale_deadline;
};

// ---- answers ----

// Answers are small; a server that does not even take these is treated as gone.
static void answer(struct sandbox *s, struct writer *w) {
    size_t size = end_frame(w);
    if (s->client >= 0 && send(s->client, w->buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size) {
        close_quietly(&s->client);
    }
}

static void answer_refused(struct sandbox *s, const struct failure *f) {
    uint8_t buffer[4096];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, REFUSED);
    put_u8(&w, f->unavailable);
    put_text(&w, f->text);
    answer(s, &w);
}

static void answer_created(struct spawner *p, struct sandbox *s, const struct hello *hello) {
    uint8_t buffer[512];
    struct writer w;
    begin_frame(&w, buffer, sizeof buffer, CREATED);
    put_bytes(&w, hello->nonce, NONCE);
    put_u32(&w, hello->proven);
    put_u32(&w, s->uid);
    for (int c = 0; c < CONTROLLERS; c++) {
        put_u8(&w, (uint8_t)p->host.cgroups.version[c]);
    }
    put_text(&w, s->socket_path);
    answer(s, &w);
}

static void answer_stats(struct spawner *p, struct sandbox *s) {
    uint8_t buffer[128];
    struct writer w;
    struct usage usage;
    read_usage(&p->host.cgroups, s->name, &usage);
    begin_frame(&w, buffer, sizeof buffer, STATS_REPLY);
    put_u64(&w, usage.throttled);
    put_u64(&w, usage.memory);
    put_u64(&w, usage.memory_peak);
    put_u64(&w, usage.cpu_micros);
    put_u64(&w, usage.processes);
    put_u64(&w, usage.memory_kills);
    answer(s, &w);
}

// ---- ending ----

static void end_sandbox(struct sandbox *s) {
    if (s->state == ENDING) {
        return;
    }
    s->state = ENDING;
    s->deadline = now_ms() + END_DEADLINE_MS;
    // Bubblewrap waits for init and ends with it; before there is an init, it is bubblewrap that must be ended.
    if (s->init >= 0) {
        syscall(SYS_pidfd_send_signal, s->init, SIGKILL, NULL, 0);
    } else if (s->bwrap > 0) {
        kill(s->bwrap, SIGKILL);
    }
    // An init that is not known yet ends when it finds this closed.
    close_quietly(&s->control);
    if (s->socket_path[0]) {
        unlink(s->socket_path);
    }
}

static void refuse(struct sandbox *s, const struct failure *f) {
    answer_refused(s, f);
    end_sandbox(s);
}

static bool has_exited(int pidfd) {
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    return pidfd < 0 || (poll(&p, 1, 0) == 1 && (p.revents & POLLIN));
}

// True when nothing of the sandbox is left, and it may be forgotten.
static bool is_gone(struct spawner *p, struct sandbox *s) {
    return s->bwrap == 0 && has_exited(s->init) && (!s->name[0] || remove_cgroups(&p->host.cgroups, s->name));
}

static void forget(struct spawner *p, struct sandbox *s) {
    if (s->answer_destroyed) {
        uint8_t buffer[16];
        struct writer w;
        begin_frame(&w, buffer, sizeof buffer, DESTROYED);
        answer(s, &w);
    }
    close_quietly(&s->client);
    close_quietly(&s->control);
    close_quietly(&s->errors);
    close_quietly(&s->init);
    close_quietly(&s->uid_lock);
    free(s->in);
    for (struct sandbox **at = &p->all; *at; at = &(*at)->next) {
        if (*at == s) {
            *at = s->next;
            break;
        }
    }
    p->count--;
    free(s);
}

// ---- starting ----

// A kernel user that no other sandbox of this host has. The abstract socket is the lock between several servers; it falls with its holder.
static int take_uid(struct sandbox *s, struct failure *f) {
    uint32_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random) {
        return failed(f, "cannot get random bytes");
    }
    for (uint32_t attempt = 0; attempt < 1000; attempt++) {
        uid_t uid = FIRST_UID + (random + attempt) % (LAST_UID - FIRST_UID + 1);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return failed(f, "cannot make a socket");
        }
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        int size = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "belay-uid-%u", uid);
        if (bind(fd, (struct sockaddr *)&name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size)) == 0) {
            s->uid = uid;
            s->uid_lock = fd;
            return 0;
        }
        close(fd);
    }
    return refused(f, "no free user id between %d and %d", FIRST_UID, LAST_UID);
}

static int listen_at(const char *path, struct failure *f) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return refused(f, "the runtime directory's path is too long for a unix socket: %s", path);
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0600) < 0 || listen(fd, 1024) < 0) {
        failed(f, "cannot listen at %s", path);
        close_quietly(&fd);
    }
    return fd;
}

// Forks the child that becomes bubblewrap. It inherits everything close-on-exec; raise_walls sees to the rest.
static int fork_sandbox(struct spawner *p, struct sandbox *s, struct request *q, struct failure *f) {
    int pair[2] = {-1, -1}, errors[2] = {-1, -1}, listener = -1, one = 1;
    pid_t child = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 || pipe2(errors, O_CLOEXEC) < 0) {
        failed(f, "cannot make the channels to a new sandbox");
    } else if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one) < 0 || set_nonblocking(pair[0]) < 0
        || set_nonblocking(errors[0]) < 0) {
        failed(f, "cannot set up the channels to a new sandbox");
    } else if ((listener = listen_at(s->socket_path, f)) >= 0) {
        if (send(pair[0], &s->orders, sizeof s->orders, MSG_NOSIGNAL) != sizeof s->orders) {
            failed(f, "cannot send the orders of a new sandbox");
        } else if ((child = fork()) < 0) {
            failed(f, "cannot fork");
        } else if (child == 0) {
            int null = open("/dev/null", O_RDWR);
            if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(errors[1], 2) < 0) {
                _exit(EXIT_FAILED);
            }
            raise_walls(&p->host, q, s->name, s->uid, pair[1], listener);
        }
    }
    close_quietly(&pair[1]);
    close_quietly(&errors[1]);
    close_quietly(&listener);
    s->control = pair[0];
    s->errors = errors[0];
    s->bwrap = child > 0 ? child : 0;
    return child > 0 ? 0 : -1;
}

static void create(struct spawner *p, struct sandbox *s, struct reader *r) {
    struct failure f = {.text = ""};
    struct request q;
    uint8_t name[NONCE];
    if (parse_request(&q, r, &f) < 0 || (p->host.root && take_uid(s, &f) < 0)) {
        refuse(s, &f);
        free_request(&q);
        return;
    }
    if (getrandom(name, sizeof name, 0) != sizeof name) {
        failed(&f, "cannot get random bytes");
        refuse(s, &f);
        free_request(&q);
        return;
    }
    hex(s->name, name, sizeof name);
    snprintf(s->socket_path, sizeof s->socket_path, "%.*s/%.16s", MAX_DIRECTORY_PATH, p->directory, s->name);
    if (!p->host.root) {
        s->uid = getuid();
    }
    memcpy(s->orders.nonce, q.nonce, NONCE);
    memcpy(s->orders.outer_namespaces, p->host.namespaces, sizeof s->orders.outer_namespaces);
    s->orders.limits = q.limits;
    s->orders.memory_by_rlimit = p->host.cgroups.version[MEMORY] == NO_CGROUP;
    s->state = STARTING;
    s->deadline = now_ms() + START_DEADLINE_MS;
    if (fork_sandbox(p, s, &q, &f) < 0) {
        refuse(s, &f);
    }
    free_request(&q);
}

// The parent of a process as /proc says, to be sure that a pid still is who it was.
static pid_t parent_of(pid_t pid) {
    char path[64], text[1024];
    int parent = -1;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_small_file(path, text, sizeof text) > 0) {
        char *at = strrchr(text, ')');
        if (!at || sscanf(at + 1, " %*c %d", &parent) != 1) {
            parent = -1;
        }
    }
    return parent;
}

// Init has spoken: the nonce is the one it was given, its kernel user the one that was chosen, and its process is held by descriptor.
static void take_hello(struct spawner *p, struct sandbox *s) {
    struct hello hello;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec part = {&hello, sizeof hello};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct failure f = {.text = ""};
    ssize_t n = recvmsg(s->control, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0 || s->state != STARTING) {
        // The end of a sandbox that is starting is told by its exit status, with the text of what went wrong.
        close_quietly(&s->control);
        return;
    }
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    struct ucred peer = {0};
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
        memcpy(&peer, CMSG_DATA(c), sizeof peer);
    }
    if (n != sizeof hello || memcmp(hello.nonce, s->orders.nonce, NONCE) != 0) {
        refused(&f, "the process inside did not answer with the nonce");
    } else if (peer.uid != s->uid || (p->host.root && peer.uid == 0)) {
        refused(&f, "the process inside runs as kernel user %u instead of %u", peer.uid, s->uid);
    } else if (hello.proven != PROVEN_ALL) {
        refused(&f, "the walls are not complete (proven %x of %x)", hello.proven, PROVEN_ALL);
    } else if ((s->init = (int)syscall(SYS_pidfd_open, peer.pid, 0)) < 0) {
        failed(&f, "cannot hold the process inside");
    } else if (parent_of(peer.pid) != s->bwrap) {
        close_quietly(&s->init);
        refused(&f, "the process inside is not bubblewrap's");
    }
    if (f.text[0]) {
        refuse(s, &f);
        return;
    }
    s->state = RUNNING;
    close_quietly(&s->errors);
    answer_created(p, s, &hello);
}

static void take_errors(struct sandbox *s) {
    size_t space = sizeof s->error_text - 1 - s->error_used;
    char rest[512];
    ssize_t n = space > 0 ? read(s->errors, s->error_text + s->error_used, space) : read(s->errors, rest, sizeof rest);
    if (n > 0 && space > 0) {
        s->error_used += (size_t)n;
        s->error_text[s->error_used] = 0;
    } else if (n == 0) {
        close_quietly(&s->errors);
    }
}

static bool speaks_of_the_host(const char *text) {
    static const char *const signs[] = {"namespace", "uid map", "gid map", "Can't mount proc", "pivot_root", "Operation not permitted", "Unknown option"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (strstr(text, signs[i])) {
            return true;
        }
    }
    return false;
}

static void bwrap_ended(struct sandbox *s, int status) {
    s->bwrap = 0;
    if (s->state == STARTING) {
        while (s->errors >= 0 && s->error_used < sizeof s->error_text - 1) {
            size_t before = s->error_used;
            take_errors(s);
            if (s->error_used == before) {
                break;
            }
        }
        struct failure f = {.text = ""};
        int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        f.unavailable = code == EXIT_UNAVAILABLE || (code != EXIT_FAILED && speaks_of_the_host(s->error_text));
        if (s->error_used > 0) {
            refused(&f, "%s", s->error_text);
        } else {
            refused(&f, "bubblewrap ended with status %d before the sandbox was ready", code);
        }
        refuse(s, &f);
    } else if (s->state == RUNNING) {
        // The server learns it from its connections to init.
        close_quietly(&s->control);
        s->state = DEAD;
    }
}

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

static int start(struct spawner *p, const char *directory, const char *bwrap, struct failure *f) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    struct rlimit files;
    p->directory = directory;
    p->host.bwrap = bwrap;
    p->host.root = geteuid() == 0;
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
