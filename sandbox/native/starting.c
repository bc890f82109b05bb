// What process 1 starts for a request: the supervisor of an exec, or the worker of a file operation.
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

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

struct exec_request read_exec(struct reader *r) {
    struct exec_request q = {0};
    q.timeout_ms = read_u64(r);
    q.grace_ms = read_u32(r);
    q.flags = read_u8(r);
    q.rows = read_u32(r);
    q.columns = read_u32(r);
    q.command.probe = q.flags & PROBE;
    q.command.terminal = q.flags & ON_TERMINAL;
    q.command.directory = read_text(r, 4096);
    q.command.argv = read_texts(r);
    q.command.env = read_texts(r);
    return q;
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

static int open_pipes(struct connection *c, struct streams *theirs, bool with_input) {
    if (open_pipe(&c->output.fd, &theirs->output, true) < 0 || open_pipe(&c->errors.fd, &theirs->errors, true) < 0) {
        return -1;
    }
    if (with_input) {
        return open_pipe(&c->input.fd, &theirs->input, false);
    }
    theirs->input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return theirs->input < 0 ? -1 : 0;
}

// A terminal of the sandbox's own file system of terminals. Each of the three streams is its end.
static int open_terminal(struct connection *c, struct streams *theirs, uint32_t rows, uint32_t columns) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    int unlocked = 0;
    int ours = c->output.fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (ours < 0 || ioctl(ours, TIOCSPTLCK, &unlocked) < 0 || ioctl(ours, TIOCSWINSZ, &size) < 0) {
        return -1;
    }
    theirs->input = ioctl(ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    theirs->output = fcntl(theirs->input, F_DUPFD_CLOEXEC, 0);
    theirs->errors = fcntl(theirs->input, F_DUPFD_CLOEXEC, 0);
    c->input.fd = fcntl(ours, F_DUPFD_CLOEXEC, 0);
    return theirs->input < 0 || theirs->output < 0 || theirs->errors < 0 || c->input.fd < 0 ? -1 : 0;
}

// The channel of a worker carries records, that of an exec carries bytes and tells who sent them.
static int open_channel(struct connection *c, struct streams *theirs) {
    int ends[2], one = 1;
    if (socketpair(AF_UNIX, (c->worker ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, ends) < 0) {
        return -1;
    }
    c->channel.fd = ends[0];
    theirs->channel = ends[1];
    return set_nonblocking(ends[0]) < 0 ? -1 : setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
}

static int open_streams(struct connection *c, struct streams *theirs, uint8_t flags, uint32_t rows, uint32_t columns) {
    if ((flags & WITH_CHANNEL) && open_channel(c, theirs) < 0) {
        return -1;
    }
    return flags & ON_TERMINAL ? open_terminal(c, theirs, rows, columns) : open_pipes(c, theirs, flags & WITH_INPUT);
}

// Returns 0, or an errno that kept the exec from starting.
static int start_process(struct connection *c, const struct command *command, const struct reader *request, const struct streams *theirs) {
    c->process = c->worker ? 0 : hand_over((uint32_t)(c - init.all), request, theirs);
    if (c->process > 0) {
        return 0;
    }
    c->process = fork();
    if (c->process == 0) {
        if (c->worker) {
            become_worker(command, &init.orders.limits, init.orders.memory_by_rlimit, theirs);
        }
        prctl(PR_SET_NAME, "supervisor");
        supervise(command, &init.orders.limits, init.orders.memory_by_rlimit, theirs, &init.outcomes[c - init.all]);
    }
    int error = c->process < 0 ? errno : 0;
    c->process = error ? 0 : c->process;
    return error;
}

// The same by the language worker, which is told the directory by a descriptor.
static int start_fork(struct connection *c, const struct command *command, const struct streams *theirs, enum start_stage *stage) {
    int directory = open(command->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *stage = directory < 0 ? STAGE_DIRECTORY : STAGE_WORKER;
    int error = directory < 0 ? errno : fork_by_worker(c, theirs, directory);
    close_quietly(&directory);
    return error;
}

static void start_streams_and_process(struct connection *c, const struct exec_request *q, const struct reader *request) {
    struct streams theirs = {-1, -1, -1, -1};
    enum start_stage stage = 0;
    memset(&init.outcomes[c - init.all], 0, sizeof init.outcomes[0]);
    c->serial = ++init.next_serial;
    int error = open_streams(c, &theirs, q->flags, q->rows, q->columns) < 0 ? errno : 0;
    if (!error) {
        error = c->forked ? start_fork(c, &q->command, &theirs, &stage) : start_process(c, &q->command, request, &theirs);
    }
    close_quietly(&theirs.input);
    close_quietly(&theirs.output);
    close_quietly(&theirs.errors);
    close_quietly(&theirs.channel);
    if (error) {
        put_exit(c, NOT_STARTED, (uint32_t)error, stage, strerror(error));
        drain(c);
    }
}

// Whether the request makes sense, and memory for it is there.
static bool prepare(struct connection *c, const struct reader *r, const struct command *command, uint8_t flags) {
    c->frame = malloc(FRAME_HEADER + CHUNK);
    c->to_input.data = flags & (WITH_INPUT | ON_TERMINAL) ? malloc(CHUNK) : NULL;
    c->to_channel.data = (flags & WITH_CHANNEL) && !(flags & AS_WORKER) ? malloc(CHUNK) : NULL;
    return !r->bad && !r->left && (command->argv[0] || (flags & BY_WORKER)) && c->frame
        && (c->to_input.data || !(flags & (WITH_INPUT | ON_TERMINAL))) && (c->to_channel.data || !(flags & WITH_CHANNEL) || (flags & AS_WORKER))
        && (!(flags & (AS_WORKER | BY_WORKER)) || (flags & WITH_CHANNEL));
}

static void start_exec(struct connection *c, struct reader *r) {
    const struct reader whole = *r;
    struct exec_request q = read_exec(r);
    c->grace_ms = q.grace_ms;
    c->terminal = q.command.terminal;
    c->worker = q.flags & AS_WORKER;
    c->forked = q.flags & BY_WORKER;
    c->kills_before = read_memory_kills(FD_MEMORY_EVENTS);
    if (!prepare(c, r, &q.command, q.flags)) {
        lose_socket(c); // not a request of ours, or no memory: the server sees the connection end
        release(c);
    } else {
        c->phase = RUNNING;
        c->deadline = now_ms() + (q.timeout_ms > (uint64_t)MAX_TIMEOUT_MS ? MAX_TIMEOUT_MS : (int64_t)q.timeout_ms);
        start_streams_and_process(c, &q, &whole);
    }
    free(q.command.directory);
    free_texts(q.command.argv);
    free_texts(q.command.env);
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

void take_request(struct connection *c) {
    uint8_t type = c->header[4];
    struct reader r = {.at = c->request, .left = c->request_size};
    if (type == EXEC) {
        uint8_t *request = c->request;
        c->request = NULL;
        c->header_used = 0;
        start_exec(c, &r);
        free(request);
    } else if (type >= FILE_READ && type <= FILE_UNPACK) {
        start_worker(c, type);
    } else if (type == PING) {
        answer_ping(c);
    } else {
        release(c);
    }
}
