// Process 1 of a sandbox. It proves the walls once, then serves connections: one for each exec or file operation. One thread, nothing
// blocks: what a program writes waits in its pipe until the connection takes it, what a slow reader leaves waits in one bounded buffer.
#include "belay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 200, CANCEL_GRACE_MS = 100, KILL_TICK_MS = 2, WORKER_DEADLINE_MS = 60000, STREAM_DEADLINE_MS = 60 * 60 * 1000 };
static const int64_t MAX_TIMEOUT_MS = 1000LL * 60 * 60 * 24 * 30;

enum phase {
    FREE,
    READING,  // the request
    WORKING,  // a file operation, in a worker that has the connection
    RUNNING,
    POLITE,   // told to end by TERM
    FORCED,   // being killed
    SWEEPING, // the supervisor is gone, what it left is being killed
    DRAINING, // nothing lives; what it wrote last is sent
    FLUSHING, // the last frame is being sent
};

enum cause { BY_ITSELF = 0, BY_TIMEOUT = 1, BY_CANCEL = 2 };
enum how { EXITED = 0, SIGNALED = 1, NOT_STARTED = 2 };

// One end of a channel and the events it is watched for.
struct port {
    int fd;
    uint32_t watched;
};

struct connection {
    enum phase phase;
    struct port socket, input, output, errors;
    pid_t process; // supervisor or worker, 0 once reaped
    enum cause cause;
    int64_t deadline;
    uint32_t grace_ms;
    uint64_t kills_before;
    // Request, then standard input.
    uint8_t header[FRAME_HEADER];
    size_t header_used;
    uint8_t *request;
    size_t request_used, request_size;
    uint8_t *stdin_data;
    size_t stdin_from, stdin_to, stdin_frame_left;
    bool stdin_ended;
    // A frame on its way out.
    uint8_t *frame;
    size_t frame_from, frame_to;
    // What may still be read when everything is dead: a descriptor that went elsewhere must not keep the exec open.
    int output_left, errors_left;
};

enum port_kind { SOCKET_PORT, INPUT_PORT, OUTPUT_PORT, ERRORS_PORT, LISTENER_PORT, SIGNAL_PORT, CONTROL_PORT };

static struct {
    struct orders orders;
    int epoll, signals;
    struct port listener;
    struct connection all[MAX_CONNECTIONS];
    struct outcome *outcomes; // shared with the supervisors
    int64_t next_tick;
} init;

// ---- ports ----

static void watch_port(struct port *port, uint32_t events, uint64_t tag) {
    if (port->fd < 0 || port->watched == events) {
        return;
    }
    struct epoll_event e = {.events = events, .data.u64 = tag};
    int operation = port->watched == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (epoll_ctl(init.epoll, operation, port->fd, &e) == 0) {
        port->watched = events;
    }
}

static void close_port(struct port *port) {
    close_quietly(&port->fd);
    port->watched = 0;
}

static uint64_t tag_of(const struct connection *c, enum port_kind kind) {
    return (uint64_t)(c - init.all) << 8 | kind;
}

// Watches what can make progress. A pipe whose data has nowhere to go is not watched at all, so the program that fills it waits.
static void update_ports(struct connection *c) {
    bool pending = c->frame_to > c->frame_from;
    bool runs = c->phase >= RUNNING && c->phase <= SWEEPING;
    bool pumps = runs && !pending && c->socket.fd >= 0;
    uint32_t socket = pending ? EPOLLOUT : 0;
    if (c->phase == READING) {
        socket |= EPOLLIN | EPOLLRDHUP;
    } else if (c->phase == RUNNING) {
        socket |= EPOLLRDHUP | (!c->stdin_ended && c->stdin_from == c->stdin_to ? EPOLLIN : 0);
    }
    watch_port(&c->socket, socket, tag_of(c, SOCKET_PORT));
    watch_port(&c->output, pumps ? EPOLLIN : 0, tag_of(c, OUTPUT_PORT));
    watch_port(&c->errors, pumps ? EPOLLIN : 0, tag_of(c, ERRORS_PORT));
    watch_port(&c->input, c->stdin_to > c->stdin_from ? EPOLLOUT : 0, tag_of(c, INPUT_PORT));
}

static void release(struct connection *c) {
    close_port(&c->socket);
    close_port(&c->input);
    close_port(&c->output);
    close_port(&c->errors);
    free(c->request);
    free(c->stdin_data);
    free(c->frame);
    *c = (struct connection){.phase = FREE};
}

static void update_listener(void) {
    bool room = false;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        room |= init.all[i].phase == FREE;
    }
    watch_port(&init.listener, room ? EPOLLIN : 0, LISTENER_PORT);
}

// ---- sending ----

// The server is gone or let go: nobody is told anything any more.
static void lose_socket(struct connection *c) {
    close_port(&c->socket);
    c->frame_from = c->frame_to = 0;
}

static void flush(struct connection *c) {
    while (c->socket.fd >= 0 && c->frame_to > c->frame_from) {
        ssize_t n = send(c->socket.fd, c->frame + c->frame_from, c->frame_to - c->frame_from, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n < 0) {
            lose_socket(c);
            return;
        }
        c->frame_from += (size_t)n;
    }
    c->frame_from = c->frame_to = 0;
}

// Moves at most one buffer from a pipe to the connection. Returns how much was read; closes the port at its end.
static int pump(struct connection *c, struct port *port, uint8_t type, int limit) {
    ssize_t n = read(port->fd, c->frame + FRAME_HEADER, (size_t)(limit < CHUNK ? limit : CHUNK));
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (n <= 0) {
        close_port(port);
        return 0;
    }
    put_header(c->frame, type, (uint32_t)n);
    c->frame_from = 0;
    c->frame_to = FRAME_HEADER + (size_t)n;
    flush(c);
    return (int)n;
}

static void put_exit(struct connection *c, enum how how, uint32_t value, uint32_t stage, const char *text) {
    struct writer w;
    uint64_t kills = read_memory_kills(FD_MEMORY_EVENTS) - c->kills_before;
    begin_frame(&w, c->frame, FRAME_HEADER + CHUNK, EXIT);
    put_u8(&w, (uint8_t)how);
    put_u32(&w, value);
    put_u8(&w, (uint8_t)stage);
    put_u8(&w, (uint8_t)c->cause);
    put_u32(&w, (uint32_t)kills);
    put_text(&w, text);
    c->frame_from = 0;
    c->frame_to = end_frame(&w);
    c->phase = FLUSHING;
    flush(c);
}

static void report_exit(struct connection *c) {
    struct outcome *o = &init.outcomes[c - init.all];
    if (o->start_error) {
        put_exit(c, NOT_STARTED, (uint32_t)o->start_error, (uint32_t)o->start_stage, strerror(o->start_error));
    } else if (!o->reported) {
        put_exit(c, SIGNALED, SIGKILL, 0, ""); // the program killed its own supervisor, or we did
    } else if (WIFSIGNALED(o->wait_status)) {
        put_exit(c, SIGNALED, (uint32_t)WTERMSIG(o->wait_status), 0, "");
    } else {
        put_exit(c, EXITED, (uint32_t)WEXITSTATUS(o->wait_status), 0, "");
    }
}

static int bytes_waiting(int fd) {
    int n = 0;
    return fd < 0 || ioctl(fd, FIONREAD, &n) < 0 ? 0 : n;
}

static void begin_draining(struct connection *c) {
    c->phase = DRAINING;
    close_port(&c->input);
    c->output_left = bytes_waiting(c->output.fd);
    c->errors_left = bytes_waiting(c->errors.fd);
}

static void drain(struct connection *c) {
    while (c->phase == DRAINING && c->socket.fd >= 0 && c->frame_to == c->frame_from) {
        if (c->output_left > 0) {
            int n = pump(c, &c->output, STDOUT, c->output_left);
            c->output_left = n == 0 ? 0 : c->output_left - n;
        } else if (c->errors_left > 0) {
            int n = pump(c, &c->errors, STDERR, c->errors_left);
            c->errors_left = n == 0 ? 0 : c->errors_left - n;
        } else {
            report_exit(c);
        }
    }
    if (c->socket.fd < 0 || (c->phase == FLUSHING && c->frame_to == c->frame_from)) {
        release(c);
    }
}

// ---- starting ----

static void free_texts(char **texts) {
    for (size_t i = 0; texts && texts[i]; i++) {
        free(texts[i]);
    }
    free(texts);
}

static char **read_texts(struct reader *r) {
    uint32_t count = read_u32(r);
    if (r->bad || count > r->left / 4) {
        r->bad = true;
        return NULL;
    }
    char **texts = calloc((size_t)count + 1, sizeof *texts);
    for (uint32_t i = 0; texts && i < count && !r->bad; i++) {
        texts[i] = read_text(r, MAX_REQUEST);
    }
    r->bad |= !texts;
    return texts;
}

static void supervise_in_child(struct connection *c, const struct command *command, int in, int out, int err) {
    prctl(PR_SET_NAME, "supervisor");
    supervise(command, &init.orders.limits, init.orders.memory_by_rlimit, in, out, err, &init.outcomes[c - init.all]);
}

static int open_pipe(int *ours, int *theirs, bool ours_reads) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -1;
    }
    *ours = ends[ours_reads ? 0 : 1];
    *theirs = ends[ours_reads ? 1 : 0];
    return set_nonblocking(*ours);
}

// Returns 0, or an errno that kept the exec from starting.
static int start_command(struct connection *c, const struct command *command, bool with_input) {
    int in = -1, out = -1, err = -1, error = 0;
    memset(&init.outcomes[c - init.all], 0, sizeof init.outcomes[0]);
    if (open_pipe(&c->output.fd, &out, true) < 0 || open_pipe(&c->errors.fd, &err, true) < 0
        || (with_input ? open_pipe(&c->input.fd, &in, false) : (in = open("/dev/null", O_RDONLY | O_CLOEXEC))) < 0) {
        error = errno;
    } else if ((c->process = fork()) < 0) {
        error = errno;
        c->process = 0;
    } else if (c->process == 0) {
        supervise_in_child(c, command, in, out, err);
    }
    close_quietly(&in);
    close_quietly(&out);
    close_quietly(&err);
    return error;
}

static void start_exec(struct connection *c, struct reader *r) {
    struct command command = {0};
    uint64_t timeout_ms = read_u64(r);
    c->grace_ms = read_u32(r);
    uint8_t flags = read_u8(r);
    bool with_input = flags & 1;
    command.probe = flags & 2;
    command.directory = read_text(r, 4096);
    command.argv = read_texts(r);
    command.env = read_texts(r);
    c->frame = malloc(FRAME_HEADER + CHUNK);
    c->stdin_data = with_input ? malloc(CHUNK) : NULL;
    c->kills_before = read_memory_kills(FD_MEMORY_EVENTS);
    c->stdin_ended = !with_input;
    if (r->bad || r->left || !command.argv[0] || !c->frame || (with_input && !c->stdin_data)) {
        lose_socket(c); // not a request of ours, or no memory: the server sees the connection end
        release(c);
    } else {
        int error = start_command(c, &command, with_input);
        c->phase = RUNNING;
        c->deadline = now_ms() + (timeout_ms > (uint64_t)MAX_TIMEOUT_MS ? MAX_TIMEOUT_MS : (int64_t)timeout_ms);
        if (error) {
            put_exit(c, NOT_STARTED, (uint32_t)error, 0, strerror(error));
            drain(c);
        }
    }
    free(command.directory);
    free_texts(command.argv);
    free_texts(command.env);
}

static void start_worker(struct connection *c, uint8_t type) {
    pid_t pid = fork();
    if (pid == 0) {
        // The connection is this worker's now, and nothing else is.
        if (dup2(c->socket.fd, FD_CONTROL) < 0 || syscall(SYS_close_range, FD_CONTROL + 1, ~0U, 0) < 0) {
            _exit(1);
        }
        int flags = fcntl(FD_CONTROL, F_GETFL);
        if (flags < 0 || fcntl(FD_CONTROL, F_SETFL, flags & ~O_NONBLOCK) < 0) {
            _exit(1);
        }
        prctl(PR_SET_NAME, "files");
        serve_file_operation(FD_CONTROL, type, c->request, (uint32_t)c->request_size, &init.orders.limits);
    }
    if (pid < 0) {
        release(c); // the server sees the connection end and says that the sandbox is busy
        return;
    }
    close_port(&c->socket);
    free(c->request);
    c->request = NULL;
    c->process = pid;
    c->phase = WORKING;
    bool streams = type == FILE_READ || type == FILE_WRITE || type == FILE_PACK || type == FILE_UNPACK;
    c->deadline = now_ms() + (streams ? STREAM_DEADLINE_MS : WORKER_DEADLINE_MS);
}

// Says that this process still does its rounds.
static void answer_ping(struct connection *c) {
    uint8_t header[FRAME_HEADER];
    put_header(header, PONG, 0);
    send(c->socket.fd, header, sizeof header, MSG_DONTWAIT | MSG_NOSIGNAL);
    release(c);
}

static void take_request(struct connection *c) {
    uint8_t type = c->header[4];
    struct reader r = {.at = c->request, .left = c->request_size};
    if (type == EXEC) {
        start_exec(c, &r);
        free(c->request);
        c->request = NULL;
        c->header_used = 0;
    } else if (type >= FILE_READ && type <= FILE_UNPACK) {
        start_worker(c, type);
    } else if (type == PING) {
        answer_ping(c);
    } else {
        release(c);
    }
}

// ---- receiving ----

// Returns false when there is no more to read now, or the connection has ended (then the port is closed).
static bool receive(struct connection *c, uint8_t *to, size_t size, size_t *used) {
    ssize_t n = recv(c->socket.fd, to + *used, size - *used, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (n <= 0) {
        lose_socket(c);
        return false;
    }
    *used += (size_t)n;
    return *used == size;
}

static void receive_request(struct connection *c) {
    if (c->header_used < FRAME_HEADER) {
        if (!receive(c, c->header, FRAME_HEADER, &c->header_used)) {
            goto check;
        }
        c->request_size = header_length(c->header);
        c->request = c->request_size > MAX_REQUEST ? NULL : malloc(c->request_size + 1);
        if (!c->request) {
            lose_socket(c);
            goto check;
        }
    }
    if (c->request_used == c->request_size || receive(c, c->request, c->request_size, &c->request_used)) {
        take_request(c);
        return;
    }
check:
    if (c->socket.fd < 0) {
        release(c);
    }
}

static void write_input(struct connection *c) {
    while (c->input.fd >= 0 && c->stdin_to > c->stdin_from) {
        ssize_t n = write(c->input.fd, c->stdin_data + c->stdin_from, c->stdin_to - c->stdin_from);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n < 0) {
            close_port(&c->input); // the program does not want more; the rest is read and dropped
            break;
        }
        c->stdin_from += (size_t)n;
    }
    c->stdin_from = c->stdin_to = 0;
    if (c->stdin_ended) {
        close_port(&c->input);
    }
}

// Frames of standard input. Only as much is read as the pipe takes.
static void receive_input(struct connection *c) {
    while (c->socket.fd >= 0 && !c->stdin_ended && c->stdin_from == c->stdin_to) {
        if (c->stdin_frame_left == 0) {
            if (!receive(c, c->header, FRAME_HEADER, &c->header_used)) {
                return;
            }
            c->header_used = 0;
            c->stdin_frame_left = header_length(c->header);
            c->stdin_ended = c->header[4] == STDIN_END;
            if (c->header[4] != STDIN && !c->stdin_ended) {
                lose_socket(c);
            }
            if (c->stdin_ended) {
                write_input(c);
            }
            continue;
        }
        size_t size = c->stdin_frame_left < CHUNK ? c->stdin_frame_left : CHUNK, used = 0;
        receive(c, c->stdin_data, size, &used);
        if (used == 0) {
            return;
        }
        c->stdin_frame_left -= used;
        c->stdin_from = 0;
        c->stdin_to = used;
        write_input(c);
    }
}

// ---- ending ----

static void tell_to_end(struct connection *c, enum cause cause, int64_t grace_ms) {
    if (c->phase == RUNNING) {
        c->cause = cause;
        c->phase = POLITE;
        c->deadline = now_ms() + grace_ms;
        signal_tree(c->process, SIGTERM);
    } else if (c->phase == POLITE && c->deadline > now_ms() + grace_ms) {
        c->deadline = now_ms() + grace_ms;
    }
}

// Kills what is to be killed: the trees of forced execs, and every process that lost its supervisor.
static void kill_tick(void) {
    pid_t roots[MAX_CONNECTIONS], known[MAX_CONNECTIONS];
    size_t root_count = 0, known_count = 0;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->process > 0) {
            known[known_count++] = c->process;
        }
        if (c->process > 0 && c->phase == FORCED) {
            roots[root_count++] = c->process;
        }
    }
    int living = kill_trees(roots, root_count, known, known_count);
    for (size_t i = 0; i < root_count; i++) {
        kill(roots[i], SIGKILL);
    }
    for (int i = 0; i < MAX_CONNECTIONS && living == 0; i++) {
        if (init.all[i].phase == SWEEPING) {
            begin_draining(&init.all[i]);
        }
    }
}

static void supervisor_ended(struct connection *c) {
    struct outcome *o = &init.outcomes[c - init.all];
    if (o->reported && (o->clean || o->start_error)) {
        begin_draining(c);
    } else {
        c->phase = SWEEPING;
    }
}

static void reap(void) {
    struct signalfd_siginfo ignored[16];
    while (read(init.signals, ignored, sizeof ignored) > 0) {
    }
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        for (int i = 0; i < MAX_CONNECTIONS; i++) {
            struct connection *c = &init.all[i];
            if (c->process != pid) {
                continue;
            }
            if (WIFSTOPPED(status)) {
                kill(pid, SIGCONT); // by a program inside: supervisors and workers have its user
                continue;
            }
            c->process = 0;
            if (c->phase == WORKING) {
                release(c);
            } else {
                supervisor_ended(c);
            }
        }
    }
}

// Acts on what is due and returns how long the loop may sleep.
static int act_on_time(void) {
    int64_t now = now_ms(), next = INT64_MAX;
    bool killing = false;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->phase == RUNNING && c->socket.fd < 0) {
            tell_to_end(c, BY_CANCEL, CANCEL_GRACE_MS);
        }
        if (c->phase == RUNNING && now >= c->deadline) {
            tell_to_end(c, BY_TIMEOUT, c->grace_ms);
        }
        if (c->phase == POLITE && now >= c->deadline) {
            c->phase = FORCED;
        }
        if (c->phase == WORKING && now >= c->deadline) {
            kill(c->process, SIGKILL);
            c->deadline = now + WORKER_DEADLINE_MS;
        }
        killing |= c->phase == FORCED || c->phase == SWEEPING;
        if (c->phase == RUNNING || c->phase == POLITE || c->phase == WORKING) {
            next = c->deadline < next ? c->deadline : next;
        }
    }
    if (killing && now >= init.next_tick) {
        kill_tick();
        init.next_tick = now_ms() + KILL_TICK_MS;
    }
    if (killing) {
        next = init.next_tick < next ? init.next_tick : next;
    }
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->phase == DRAINING || c->phase == FLUSHING) {
            drain(c);
        }
        if (c->phase != FREE) {
            update_ports(c);
        }
    }
    update_listener();
    int64_t wait = next - now_ms();
    return next == INT64_MAX ? -1 : wait < 0 ? 0 : wait > 60000 ? 60000 : (int)wait;
}

static void accept_connection(void) {
    int fd = accept4(FD_LISTENER, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->phase == FREE) {
            *c = (struct connection){.phase = READING, .socket = {.fd = fd}, .input = {.fd = -1}, .output = {.fd = -1}, .errors = {.fd = -1}};
            receive_request(c);
            return;
        }
    }
    close(fd);
}

static void handle_socket(struct connection *c, uint32_t events) {
    if (events & EPOLLOUT) {
        flush(c);
    }
    if (c->phase == READING) {
        receive_request(c);
        return;
    }
    if (c->phase == RUNNING && (events & EPOLLIN)) {
        receive_input(c);
    }
    // The server closed its side for sending: that is how it cancels, whatever it sent before and we have not read.
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        tell_to_end(c, BY_CANCEL, CANCEL_GRACE_MS);
    }
    if (events & (EPOLLHUP | EPOLLERR)) {
        lose_socket(c);
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
    }
}

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
    for (;;) {
        struct epoll_event event;
        // One event per turn: handling it may free what another one speaks of.
        int n = epoll_wait(init.epoll, &event, 1, act_on_time());
        if (n == 1) {
            handle(event.data.u64, event.events);
        } else if (n < 0 && errno != EINTR) {
            return EXIT_FAILED;
        }
    }
}
