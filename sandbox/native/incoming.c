// What process 1 receives: requests, and what is for the programs of execs.
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Returns false when there is no more to read now, or the connection has ended (then the port is closed).
static bool receive(struct connection *c, uint8_t *to, size_t size, size_t *used) {
    ssize_t n = recv(c->socket.fd, to + *used, size - *used, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (n == 0 && c->phase == RUNNING) {
        tell_to_end(c, BY_CANCEL, CANCEL_GRACE_MS); // what it still writes is wanted
        return false;
    }
    if (n <= 0) {
        lose_socket(c);
        return false;
    }
    *used += (size_t)n;
    return *used == size;
}

void receive_request(struct connection *c) {
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

// Moves what there is to the program. What it does not want any more is dropped.
static void write_inflow(struct inflow *flow, struct port *port) {
    while (flow->to > flow->from) {
        ssize_t n = port->fd < 0 ? 0 : write(port->fd, flow->data + flow->from, flow->to - flow->from);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n <= 0) {
            close_port(port);
            flow->from = flow->to;
        } else {
            flow->from += (size_t)n;
        }
        flow->taken = flow->from == flow->to;
    }
    flow->from = flow->to = 0;
}

void write_input(struct connection *c) {
    write_inflow(&c->to_input, &c->input);
    if (c->to_input.ended && c->to_input.to == 0) {
        close_port(&c->input);
    }
}

void write_channel(struct connection *c) {
    write_inflow(&c->to_channel, &c->channel);
    if (c->to_channel.ended && c->to_channel.to == 0 && c->channel.fd >= 0) {
        shutdown(c->channel.fd, SHUT_RDWR); // nobody listens either
    }
}

// Where the payload of a frame goes; NULL if such a frame may not come now.
static uint8_t *room_for(struct connection *c, uint8_t type, size_t size) {
    struct inflow *flow = type == STDIN || type == STDIN_END ? &c->to_input : &c->to_channel;
    switch (type) {
        case STDIN:
        case CHANNEL:
            return !flow->ended && flow->to == 0 && size <= CHUNK ? flow->data : NULL;
        case STDIN_END:
        case CHANNEL_END:
            return !flow->ended && flow->data && size == 0 ? c->small : NULL;
        case SIGNAL:
            return size == 1 ? c->small : NULL;
        case RESIZE:
            return size == 8 && c->terminal ? c->small : NULL;
        default:
            return NULL;
    }
}

static void end_input(struct connection *c) {
    if (c->terminal && c->input.fd >= 0) {
        // A terminal has no end; this is what a person types for it. If it does not fit, nobody reads, and nobody waits for it.
        ssize_t ignored = write(c->input.fd, "\x04", 1);
        (void)ignored;
    } else {
        c->to_input.ended = true;
        write_input(c);
    }
}

static void resize(struct connection *c) {
    struct reader r = {.at = c->small, .left = sizeof c->small};
    uint32_t rows = read_u32(&r), columns = read_u32(&r);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    if (c->output.fd >= 0) {
        ioctl(c->output.fd, TIOCSWINSZ, &size);
    }
}

static void take_frame(struct connection *c) {
    size_t size = header_length(c->header);
    switch (c->header[4]) {
        case STDIN:
            c->to_input.to = size;
            write_input(c);
            break;
        case STDIN_END:
            end_input(c);
            break;
        case CHANNEL:
            c->to_channel.to = size;
            write_channel(c);
            break;
        case CHANNEL_END:
            c->to_channel.ended = true;
            write_channel(c);
            break;
        case SIGNAL:
            signal_exec(c, c->small[0]);
            break;
        case RESIZE:
            resize(c);
            break;
        default:
            break;
    }
}

void receive_frames(struct connection *c) {
    while (c->socket.fd >= 0 && c->phase == RUNNING) {
        if (c->header_used < FRAME_HEADER) {
            if (!receive(c, c->header, FRAME_HEADER, &c->header_used)) {
                return;
            }
            c->payload_used = 0;
            c->payload = room_for(c, c->header[4], header_length(c->header));
            if (!c->payload) {
                lose_socket(c);
                return;
            }
        }
        size_t size = header_length(c->header);
        if (c->payload_used < size && !receive(c, c->payload, size, &c->payload_used)) {
            return;
        }
        c->header_used = 0;
        take_frame(c);
    }
}
