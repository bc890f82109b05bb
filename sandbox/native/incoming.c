// What process 1 receives: requests, and the standard input of execs.
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

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

void write_input(struct connection *c) {
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

void receive_input(struct connection *c) {
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
