// How a sandbox begins: its user, its channels, bubblewrap, and what init says when it is ready.
#include "spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

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

int listen_at(const char *path, struct failure *f) {
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

void create(struct spawner *p, struct sandbox *s, struct reader *r) {
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
void take_hello(struct spawner *p, struct sandbox *s) {
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

void take_errors(struct sandbox *s) {
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

void bwrap_ended(struct sandbox *s, int status) {
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
