// How execs end: by themselves, by time or because the server let go, and what is killed then.
#include "connection.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

void signal_exec(const struct connection *c, int number) {
    if (c->process > 0 && number > 0 && number < NSIG) {
        signal_tree(c->process, number);
        if (c->forked) {
            kill(c->process, number); // no supervisor, but the program itself
        }
    }
}

void tell_to_end(struct connection *c, enum cause cause, int64_t grace_ms) {
    if (c->phase == RUNNING) {
        c->cause = cause;
        c->phase = POLITE;
        c->deadline = now_ms() + grace_ms;
        signal_exec(c, SIGTERM);
    } else if (c->phase == POLITE && c->deadline > now_ms() + grace_ms) {
        c->deadline = now_ms() + grace_ms;
    }
}

// Kills what is to be killed: the trees of forced execs, and every process that lost its supervisor.
static void kill_tick(void) {
    pid_t roots[MAX_CONNECTIONS], known[MAX_CONNECTIONS + 1];
    size_t root_count = 0, known_count = 0;
    known[known_count++] = init.ahead.process;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->process > 0) {
            known[known_count++] = c->process;
        }
        if (c->process > 0 && c->phase == FORCED) {
            roots[root_count++] = c->process;
        }
    }
    int living = kill_trees(roots, root_count, known, known_count);
    for (size_t i = 0; i < root_count; i++) {
        kill(roots[i], SIGKILL);
    }
    for (int i = 0; i < MAX_CONNECTIONS && living == 0; i++) {
        if (init.all[i].phase == SWEEPING) {
            begin_draining(&init.all[i]);
        }
    }
}

void fork_ended(struct connection *c, int wait_status) {
    struct outcome *o = &init.outcomes[c - init.all];
    o->wait_status = wait_status;
    o->reported = 1;
    c->process = 0;
    c->phase = SWEEPING;
    init.next_tick = 0;
}

static void supervisor_ended(struct connection *c) {
    struct outcome *o = &init.outcomes[c - init.all];
    if (o->reported && (o->clean || o->start_error)) {
        begin_draining(c);
    } else {
        c->phase = SWEEPING;
    }
}

void reap(void) {
    struct signalfd_siginfo ignored[16];
    while (read(init.signals, ignored, sizeof ignored) > 0) {
    }
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (WIFSTOPPED(status)) {
            kill(pid, SIGCONT); // by a program inside: supervisors and workers have its user
            continue;
        }
        if (pid == init.ahead.process) {
            forget_ahead();
        }
        for (int i = 0; i < MAX_CONNECTIONS; i++) {
            struct connection *c = &init.all[i];
            if (c->process != pid) {
                continue;
            }
            c->process = 0;
            if (c->phase == WORKING) {
                release(c);
            } else if (c->forked) {
                fork_ended(c, status); // its worker is gone
            } else {
                supervisor_ended(c);
                if (c->worker) {
                    worker_ended();
                }
            }
        }
    }
}

bool is_idle(void) {
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        if (init.all[i].phase != FREE && !init.all[i].worker) {
            return false;
        }
    }
    return true;
}

int act_on_time(void) {
    int64_t now = now_ms(), next = INT64_MAX;
    bool killing = false;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->phase == RUNNING && c->socket.fd < 0) {
            tell_to_end(c, BY_CANCEL, CANCEL_GRACE_MS);
        }
        if (c->phase == RUNNING && now >= c->deadline) {
            tell_to_end(c, BY_TIMEOUT, c->grace_ms);
        }
        if (c->phase == POLITE && now >= c->deadline) {
            // What was never forked has no process; should it come late, it is killed then.
            c->phase = c->forked && c->process == 0 ? SWEEPING : FORCED;
        }
        if (c->phase == WORKING && now >= c->deadline) {
            kill(c->process, SIGKILL);
            c->deadline = now + WORKER_DEADLINE_MS;
        }
        killing |= c->phase == FORCED || c->phase == SWEEPING;
        if (c->phase == RUNNING || c->phase == POLITE || c->phase == WORKING) {
            next = c->deadline < next ? c->deadline : next;
        }
    }
    if (killing && now >= init.next_tick) {
        kill_tick();
        init.next_tick = now_ms() + KILL_TICK_MS;
    }
    if (killing) {
        next = init.next_tick < next ? init.next_tick : next;
    }
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &init.all[i];
        if (c->phase == DRAINING || c->phase == FLUSHING) {
            drain(c);
        }
        if (c->phase == RUNNING) {
            tell_taken(c);
        }
        if (c->channel_waits && c->phase >= RUNNING && c->phase <= SWEEPING) {
            pump_channel(c);
        }
        if (c->phase != FREE) {
            update_ports(c);
        }
    }
    update_listener();
    int64_t wait = next - now_ms();
    return next == INT64_MAX ? -1 : wait < 0 ? 0 : wait > 60000 ? 60000 : (int)wait;
}
