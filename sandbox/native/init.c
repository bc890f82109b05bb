// Process 1 of a sandbox. It proves the walls once, then serves connections: one for each exec or file operation. One thread, nothing
// blocks: what a program writes waits in its pipe until the connection takes it, what a slow reader leaves waits in one bounded buffer.
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct init init;

// ---- events ----

static void handle_socket(struct connection *c, uint32_t events) {
    if (events & EPOLLOUT) {
        flush(c);
    }
    if (c->phase == READING) {
        receive_request(c);
        return;
    }
    if (c->phase == RUNNING && (events & EPOLLIN)) {
        receive_frames(c);
    }
    // The server closed its side for sending: that is how it cancels, whatever it sent before and we have not read.
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        tell_to_end(c, BY_CANCEL, CANCEL_GRACE_MS);
    }
    if (events & (EPOLLHUP | EPOLLERR)) {
        lose_socket(c);
    }
}

static void handle_channel(struct connection *c, uint32_t events) {
    if (events & EPOLLOUT) {
        write_channel(c);
    }
    if (c->worker) {
        take_reports(c);
    } else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && c->channel.fd >= 0 && c->frame_to == c->frame_from) {
        pump_channel(c);
    }
}

static void handle(uint64_t tag, uint32_t events) {
    struct connection *c = &init.all[(tag >> 8) % MAX_CONNECTIONS];
    switch ((enum port_kind)(tag & 0xff)) {
        case LISTENER_PORT:
            accept_connection();
            break;
        case SIGNAL_PORT:
            reap();
            break;
        case CONTROL_PORT:
            _exit(0); // nothing is ever said here after the start: the spawner is gone or has let go
        case SOCKET_PORT:
            handle_socket(c, events);
            break;
        case INPUT_PORT:
            write_input(c);
            break;
        case OUTPUT_PORT:
            pump(c, &c->output, STDOUT, CHUNK);
            break;
        case ERRORS_PORT:
            pump(c, &c->errors, STDERR, CHUNK);
            break;
        case CHANNEL_PORT:
            handle_channel(c, events);
            break;
    }
}

// So long nothing may happen before a supervisor is forked ahead: an exec that is on its way is not to wait for that.
enum { AHEAD_AFTER_MS = 2 };

// ---- start ----

static int keep_private(int fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

static int start(struct failure *f) {
    sigset_t all;
    sigfillset(&all);
    // First of all: nobody inside may look into this process.
    if (prctl(PR_SET_DUMPABLE, 0) < 0) {
        return failed(f, "cannot close init to others");
    }
    if (keep_private(FD_CONTROL) < 0 || keep_private(FD_LISTENER) < 0 || keep_private(FD_SELF) < 0) {
        return failed(f, "init was started without its descriptors");
    }
    // Where no cgroup counts there is no such file; the number is taken so that nothing else gets it.
    if (keep_private(FD_MEMORY_EVENTS) < 0) {
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0 || (null != FD_MEMORY_EVENTS && dup3(null, FD_MEMORY_EVENTS, O_CLOEXEC) < 0)) {
            return failed(f, "cannot open /dev/null inside");
        }
    }
    if (syscall(SYS_close_range, FD_MEMORY_EVENTS + 1, ~0U, 0) < 0) {
        return failed(f, "cannot close inherited descriptors");
    }
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max; // four for each connection
        setrlimit(RLIMIT_NOFILE, &files);
    }
    // Blocked signals cannot end or disturb process 1, and a broken pipe becomes an error code.
    if (sigprocmask(SIG_SETMASK, &all, NULL) < 0) {
        return failed(f, "cannot block signals");
    }
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    init.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    init.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (init.signals < 0 || init.epoll < 0) {
        return failed(f, "cannot wait for events");
    }
    init.outcomes = mmap(NULL, sizeof(struct outcome) * MAX_CONNECTIONS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (init.outcomes == MAP_FAILED) {
        return failed(f, "cannot share memory with supervisors");
    }
    if (recv(FD_CONTROL, &init.orders, sizeof init.orders, 0) != sizeof init.orders) {
        return failed(f, "cannot read the orders");
    }
    struct port signals = {.fd = init.signals}, control = {.fd = FD_CONTROL};
    init.listener = (struct port){.fd = FD_LISTENER};
    watch_port(&signals, EPOLLIN, SIGNAL_PORT);
    watch_port(&control, EPOLLIN | EPOLLRDHUP, CONTROL_PORT);
    watch_port(&init.listener, EPOLLIN, LISTENER_PORT);
    if (!signals.watched || !control.watched || !init.listener.watched) {
        return refused(f, "cannot watch the channels of init");
    }
    return 0;
}

static int say_hello(struct failure *f) {
    struct hello hello = {.proven = 0};
    memcpy(hello.nonce, init.orders.nonce, NONCE);
    if (prove_walls(init.orders.outer_namespaces, &hello.proven, f) < 0) {
        return -1;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) {
        return failed(f, "cannot open /dev/null inside");
    }
    if (send(FD_CONTROL, &hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello) {
        return failed(f, "cannot say hello");
    }
    if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) {
        return failed(f, "cannot close the standard streams of init");
    }
    close(null);
    return 0;
}

int run_init(void) {
    struct failure f = {.text = ""};
    if (start(&f) < 0 || say_hello(&f) < 0) {
        write_fully(STDERR_FILENO, f.text, strlen(f.text));
        return f.unavailable ? EXIT_UNAVAILABLE : EXIT_FAILED;
    }
    bool may_fork = true;
    for (;;) {
        struct epoll_event event;
        // One event per turn: handling it may free what another one speaks of.
        int wait = act_on_time();
        bool fork_next = may_fork && init.ahead.process == 0 && is_idle();
        int n = epoll_wait(init.epoll, &event, 1, fork_next ? AHEAD_AFTER_MS : wait);
        if (n == 1) {
            may_fork = true;
            handle(event.data.u64, event.events);
        } else if (n == 0 && fork_next) {
            may_fork = false; // if it fails, not again before something else happens
            fork_ahead();
        } else if (n < 0 && errno != EINTR) {
            return EXIT_FAILED;
        }
    }
}
