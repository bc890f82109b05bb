// A language worker: a program, started once, that forks a warm interpreter for each exec that asks for one. It is a child of process 1
// without a supervisor, so that what its forks leave behind hangs off process 1 and is found there. No code of others runs in it.
#include "connection.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// To the worker, with the descriptors of directory, input, output, errors and channel.
struct fork_order {
    uint32_t slot, serial;
};

enum report_kind { FORK_STARTED = 1, FORK_ENDED = 2, FORK_FAILED = 3 };
struct fork_report {
    uint32_t kind, slot, serial;
    int32_t pid, value; // value: wait status of what ended, errno of what failed
};

static struct connection *find_worker(void) {
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->worker && c->phase == RUNNING && c->process > 0 && c->channel.fd >= 0) {
            return c;
        }
    }
    return NULL;
}

int fork_by_worker(struct connection *c, const struct streams *s, int directory) {
    struct connection *worker = find_worker();
    if (!worker) {
        return ESRCH;
    }
    struct fork_order order = {.slot = (uint32_t)(c - init.all), .serial = c->serial};
    int descriptors[] = {directory, s->input, s->output, s->errors, s->channel};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof descriptors)];
    } control = {.bytes = {0}};
    struct iovec part = {&order, sizeof order};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(h), descriptors, sizeof descriptors);
    return sendmsg(worker->channel.fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof order ? 0 : errno;
}

static void take_report(const struct fork_report *r) {
    struct connection *c = r->slot < MAX_CONNECTIONS ? &init.all[r->slot] : NULL;
    bool current = c && c->forked && c->serial == r->serial && c->phase >= RUNNING && c->phase <= FORCED;
    if (r->kind == FORK_STARTED && r->pid > 1) {
        if (current && c->process == 0) {
            c->process = r->pid;
        } else {
            kill(r->pid, SIGKILL); // came too late
        }
    } else if (r->kind == FORK_ENDED && current && c->process == r->pid) {
        fork_ended(c, r->value);
    } else if (r->kind == FORK_FAILED && current) {
        put_exit(c, NOT_STARTED, (uint32_t)r->value, 0, strerror(r->value));
    }
}

void take_reports(struct connection *worker) {
    if (worker->channel.fd < 0 || worker->process <= 0) {
        return;
    }
    struct fork_report r;
    ssize_t n;
    while ((n = recv(worker->channel.fd, &r, sizeof r, MSG_DONTWAIT)) == sizeof r) {
        take_report(&r);
    }
    if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
        close_port(&worker->channel);
        kill(worker->process, SIGKILL); // it is ending anyway, or not what it should be; its forks live on
    }
}

void worker_ended(void) {
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->forked && c->process == 0 && c->phase == RUNNING) {
            put_exit(c, NOT_STARTED, ESRCH, STAGE_WORKER, "the language worker ended");
        } else if (c->forked && c->process > 0 && kill(c->process, 0) < 0 && errno == ESRCH) {
            fork_ended(c, SIGKILL); // its end was the worker's to tell
        }
    }
}
