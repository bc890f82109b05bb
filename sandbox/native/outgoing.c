// What process 1 sends: the output of execs, and how they ended.
#include "connection.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TERMINAL_REST = 1 << 20 };

void lose_socket(struct connection *c) {
    close_port(&c->socket);
    c->frame_from = c->frame_to = 0;
}

void flush(struct connection *c) {
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

static void put_frame(struct connection *c, uint8_t type, size_t size) {
    put_header(c->frame, type, (uint32_t)size);
    c->frame_from = 0;
    c->frame_to = FRAME_HEADER + size;
    flush(c);
}

int pump(struct connection *c, struct port *port, uint8_t type, int limit) {
    ssize_t n = read(port->fd, c->frame + FRAME_HEADER, (size_t)(limit < CHUNK ? limit : CHUNK));
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (n <= 0) {
        close_port(port);
        return 0;
    }
    put_frame(c, type, (size_t)n);
    return (int)n;
}

// Reads the channel like a pipe, but ends it when something comes from a process that cannot be seen from here: a program may have passed
// its end to another sandbox, where it is to be worth nothing.
static int read_channel(struct connection *c, int limit) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec part = {c->frame + FRAME_HEADER, (size_t)(limit < CHUNK ? limit : CHUNK)};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(c->channel.fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    struct ucred sender = {0};
    if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_CREDENTIALS) {
        memcpy(&sender, CMSG_DATA(h), sizeof sender);
    }
    if (n <= 0 || sender.pid == 0) {
        close_port(&c->channel);
        put_frame(c, CHANNEL_END, 0);
        return 0;
    }
    put_frame(c, CHANNEL, (size_t)n);
    return (int)n;
}

static int bytes_waiting(int fd) {
    int n = 0;
    return fd < 0 || ioctl(fd, FIONREAD, &n) < 0 ? 0 : n;
}

// Sends what is to go of the streams, as far as the server takes it.
static void drain_streams(struct connection *c) {
    while (c->frame_to == c->frame_from && c->output_left > 0) {
        int n = c->output.fd < 0 ? 0 : pump(c, &c->output, STDOUT, c->output_left);
        c->output_left = n == 0 ? 0 : c->output_left - n;
    }
    while (c->frame_to == c->frame_from && c->errors_left > 0) {
        int n = c->errors.fd < 0 ? 0 : pump(c, &c->errors, STDERR, c->errors_left);
        c->errors_left = n == 0 ? 0 : c->errors_left - n;
    }
}

void pump_channel(struct connection *c) {
    if (!c->channel_waits) {
        c->output_left = bytes_waiting(c->output.fd);
        c->errors_left = bytes_waiting(c->errors.fd);
        c->channel_waits = true;
    }
    drain_streams(c);
    if (c->frame_to == c->frame_from && c->output_left == 0 && c->errors_left == 0) {
        c->channel_waits = false;
        if (c->channel.fd >= 0) {
            read_channel(c, CHUNK);
        }
    }
}

static void tell_taken_of(struct connection *c, struct inflow *flow, uint8_t type) {
    if (flow->taken && c->socket.fd >= 0 && c->frame_to == c->frame_from) {
        flow->taken = false;
        c->frame[FRAME_HEADER] = type;
        put_frame(c, TAKEN, 1);
    }
}

void tell_taken(struct connection *c) {
    tell_taken_of(c, &c->to_input, STDIN);
    tell_taken_of(c, &c->to_channel, CHANNEL);
}

void put_exit(struct connection *c, enum how how, uint32_t value, uint32_t stage, const char *text) {
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

void begin_draining(struct connection *c) {
    c->phase = DRAINING;
    close_port(&c->input);
    // A terminal says itself when there is no more, and not how much there is.
    c->output_left = c->terminal ? MAX_TERMINAL_REST : bytes_waiting(c->output.fd);
    c->errors_left = bytes_waiting(c->errors.fd);
    c->channel_left = c->worker ? 0 : bytes_waiting(c->channel.fd);
}

void drain(struct connection *c) {
    while (c->phase == DRAINING && c->socket.fd >= 0 && c->frame_to == c->frame_from) {
        drain_streams(c);
        if (c->frame_to > c->frame_from) {
            break;
        }
        if (c->channel_left > 0) {
            int n = c->channel.fd < 0 ? 0 : read_channel(c, c->channel_left);
            c->channel_left = n == 0 ? 0 : c->channel_left - n;
        } else {
            report_exit(c);
        }
    }
    if (c->socket.fd < 0 || (c->phase == FLUSHING && c->frame_to == c->frame_from)) {
        release(c);
    }
}
