// What process 1 starts for a request: the supervisor of an exec, or the worker of a file operation.
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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

void take_request(struct connection *c) {
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
