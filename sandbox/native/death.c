// How a sandbox ends, and when nothing of it is left.
#include "spawner.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

void end_sandbox(struct sandbox *s) {
    if (s->state == ENDING) {
        return;
    }
    s->state = ENDING;
    s->deadline = now_ms() + END_DEADLINE_MS;
    // Bubblewrap waits for init and ends with it; before there is an init, it is bubblewrap that must be ended.
    if (s->init >= 0) {
        syscall(SYS_pidfd_send_signal, s->init, SIGKILL, NULL, 0);
    } else if (s->bwrap > 0) {
        kill(s->bwrap, SIGKILL);
    }
    // An init that is not known yet ends when it finds this closed.
    close_quietly(&s->control);
    if (s->socket_path[0]) {
        unlink(s->socket_path);
    }
}

void refuse(struct sandbox *s, const struct failure *f) {
    answer_refused(s, f);
    end_sandbox(s);
}

bool has_exited(int pidfd) {
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    return pidfd < 0 || (poll(&p, 1, 0) == 1 && (p.revents & POLLIN));
}

bool is_gone(struct spawner *p, struct sandbox *s) {
    return s->bwrap == 0 && has_exited(s->init) && (!s->name[0] || remove_cgroups(&p->host.cgroups, s->name));
}

void forget(struct spawner *p, struct sandbox *s) {
    if (s->answer_destroyed) {
        answer_destroyed(s);
    }
    close_quietly(&s->client);
    close_quietly(&s->control);
    close_quietly(&s->errors);
    close_quietly(&s->init);
    close_quietly(&s->uid_lock);
    free(s->in);
    for (struct sandbox **at = &p->all; *at; at = &(*at)->next) {
        if (*at == s) {
            *at = s->next;
            break;
        }
    }
    p->count--;
    free(s);
}
