// A supervisor forked ahead of the exec that it will get, while there is none: the fork is then not what an exec waits for. It holds nothing
// but the socket over which it gets the exec, and no program runs while it waits. Where there is none, process 1 forks as ever.
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

// What goes to it in one piece: the slot of the outcome and the text of the request, with the descriptors of the streams.
enum { MAX_ORDER = 32 << 10, MAX_STREAMS = 4 };

union descriptors {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * MAX_STREAMS)];
};

static void await_exec(void) __attribute__((noreturn));

static void await_exec(void) {
    static uint8_t order[MAX_ORDER];
    union descriptors control;
    struct iovec part = {order, sizeof order};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    do {
        n = recvmsg(FD_CONTROL, &m, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    struct reader r = {.at = order, .left = n < 0 ? 0 : (size_t)n};
    uint32_t slot = read_u32(&r);
    if (!h || h->cmsg_type != SCM_RIGHTS || slot >= MAX_CONNECTIONS) {
        _exit(0); // process 1 let go
    }
    struct streams streams = {-1, -1, -1, -1};
    memcpy(&streams, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
    struct exec_request request = read_exec(&r);
    prctl(PR_SET_NAME, "supervisor");
    supervise(&request.command, &init.orders.limits, init.orders.memory_by_rlimit, &streams, &init.outcomes[slot]);
}

void fork_ahead(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, "ahead");
        if (dup2(ends[1], FD_CONTROL) < 0 || close_all_but(FD_CONTROL, FD_SELF) < 0) {
            _exit(1);
        }
        await_exec();
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return;
    }
    init.ahead = (struct ahead){.process = pid, .orders = ends[0]};
}

void forget_ahead(void) {
    init.ahead.process = 0;
    close_quietly(&init.ahead.orders);
}

pid_t hand_over(uint32_t slot, const struct reader *request, const struct streams *s) {
    pid_t pid = init.ahead.process;
    if (pid == 0 || request->left > MAX_ORDER - sizeof slot) {
        return 0;
    }
    uint8_t number[] = {(uint8_t)(slot >> 24), (uint8_t)(slot >> 16), (uint8_t)(slot >> 8), (uint8_t)slot};
    int descriptors[MAX_STREAMS] = {s->input, s->output, s->errors, s->channel};
    size_t size = sizeof(int) * (s->channel < 0 ? MAX_STREAMS - 1 : MAX_STREAMS);
    union descriptors control = {.bytes = {0}};
    struct iovec parts[] = {{number, sizeof number}, {(void *)request->at, request->left}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = CMSG_SPACE(size)};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(h), descriptors, size);
    bool taken = sendmsg(init.ahead.orders, &m, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
    forget_ahead(); // one that did not take it is dead, or dies of this
    return taken ? pid : 0;
}
