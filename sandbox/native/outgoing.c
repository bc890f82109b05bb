// What process 1 sends: the output of execs, and how they ended.
#include "connection.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

int pump(struct connection *c, struct port *port, uint8_t type, int limit) {
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

static int bytes_waiting(int fd) {
    int n = 0;
    return fd < 0 || ioctl(fd, FIONREAD, &n) < 0 ? 0 : n;
}

void begin_draining(struct connection *c) {
    c->phase = DRAINING;
    close_port(&c->input);
    c->output_left = bytes_waiting(c->output.fd);
    c->errors_left = bytes_waiting(c->errors.fd);
}

void drain(struct connection *c) {
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
