// The connections of process 1: what each is watched for, and how one begins and ends.
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void watch_port(struct port *port, uint32_t events, uint64_t tag) {
    if (port->fd < 0 || port->watched == events) {
        return;
    }
    struct epoll_event e = {.events = events, .data.u64 = tag};
    int operation = port->watched == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (epoll_ctl(init.epoll, operation, port->fd, &e) == 0) {
        port->watched = events;
    }
}

// A process that was just forked may still hold a copy of the descriptor: closing it alone would leave it watched, and what happens there
// would be taken for what happens to whoever has this place next.
void close_port(struct port *port) {
    watch_port(port, 0, 0);
    close_quietly(&port->fd);
    port->watched = 0;
}

static uint64_t tag_of(const struct connection *c, enum port_kind kind) {
    return (uint64_t)(c - init.all) << 8 | kind;
}

void update_ports(struct connection *c) {
    bool pending = c->frame_to > c->frame_from;
    bool runs = c->phase >= RUNNING && c->phase <= SWEEPING;
    bool pumps = runs && !pending && !c->channel_waits && c->socket.fd >= 0;
    uint32_t socket = pending ? EPOLLOUT : 0;
    if (c->phase == READING || c->phase == RUNNING) {
        socket |= EPOLLIN | EPOLLRDHUP;
    }
    uint32_t channel = c->to_channel.to > c->to_channel.from ? EPOLLOUT : 0;
    if (c->worker ? c->phase >= RUNNING : pumps) {
        channel |= EPOLLIN;
    }
    watch_port(&c->socket, socket, tag_of(c, SOCKET_PORT));
    watch_port(&c->output, pumps ? EPOLLIN : 0, tag_of(c, OUTPUT_PORT));
    watch_port(&c->errors, pumps ? EPOLLIN : 0, tag_of(c, ERRORS_PORT));
    watch_port(&c->channel, channel, tag_of(c, CHANNEL_PORT));
    watch_port(&c->input, c->to_input.to > c->to_input.from ? EPOLLOUT : 0, tag_of(c, INPUT_PORT));
}

void release(struct connection *c) {
    close_port(&c->socket);
    close_port(&c->input);
    close_port(&c->output);
    close_port(&c->errors);
    close_port(&c->channel);
    free(c->request);
    free(c->to_input.data);
    free(c->to_channel.data);
    free(c->frame);
    *c = (struct connection){.phase = FREE};
}

void update_listener(void) {
    bool room = false;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        room |= init.all[i].phase == FREE;
    }
    watch_port(&init.listener, room ? EPOLLIN : 0, LISTENER_PORT);
}

void accept_connection(void) {
    int fd = accept4(FD_LISTENER, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->phase == FREE) {
            *c = (struct connection){
                .phase = READING,
                .socket = {.fd = fd},
                .input = {.fd = -1},
                .output = {.fd = -1},
                .errors = {.fd = -1},
                .channel = {.fd = -1},
            };
            receive_request(c);
            return;
        }
    }
    close(fd);
}
