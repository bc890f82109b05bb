// What the parts of the spawner share: the sandboxes, each a connection of the server.
#ifndef BELAY_SPAWNER_H
#define BELAY_SPAWNER_H

#include "belay.h"

enum {
    FIRST_UID = 200000,
    LAST_UID = 265535,
    START_DEADLINE_MS = 20000,
    END_DEADLINE_MS = 1000,
    MAX_SANDBOXES = 4096,
    MAX_CREATE = 1 << 20,
    RETRY_MS = 3,
    MAX_DIRECTORY_PATH = 80, // leaves room for a socket's name in the 106 bytes that Java allows
};

// DEAD: process 1 ended by itself; the entry waits for the server to let go.
enum state { RECEIVING, STARTING, RUNNING, DEAD, ENDING };

struct sandbox {
    struct sandbox *next;
    enum state state;
    int client;  // the server's connection, or -1 once it is closed
    int control; // our end of the pair that init holds
    int errors;  // what bubblewrap and init say on standard error until init is ready
    int init;    // pidfd of process 1
    int uid_lock;
    uid_t uid;
    pid_t bwrap; // 0 when reaped
    int64_t deadline;
    bool answer_destroyed;
    char name[2 * NONCE + 1];
    char socket_path[108];
    struct orders orders;
    uint8_t *in; // the frame being received
    size_t in_used, in_size;
    char error_text[1500];
    size_t error_used;
};

struct spawner {
    struct walls_host host;
    const char *directory;
    char socket_path[108];
    int listener, signals;
    struct sandbox *all;
    size_t count;
    bool ending, stale_groups;
    int64_t stale_deadline;
};

// ---- birth.c ----

// A socket that only this user may connect to. Returns -1 with a text.
int listen_at(const char *path, struct failure *f);
// Starts what a CREATE frame asks for. The answer follows when init has spoken, or bubblewrap has ended.
void create(struct spawner *p, struct sandbox *s, struct reader *r);
void take_hello(struct spawner *p, struct sandbox *s);
void take_errors(struct sandbox *s);
void bwrap_ended(struct sandbox *s, int status);

// ---- death.c ----

void end_sandbox(struct sandbox *s);
void refuse(struct sandbox *s, const struct failure *f);
bool has_exited(int pidfd);
// True when nothing of the sandbox is left, and it may be forgotten.
bool is_gone(struct spawner *p, struct sandbox *s);
void forget(struct spawner *p, struct sandbox *s);

// ---- answers.c ----

void answer_refused(struct sandbox *s, const struct failure *f);
void answer_created(struct spawner *p, struct sandbox *s, const struct hello *hello);
void answer_stats(struct spawner *p, struct sandbox *s);
void answer_destroyed(struct sandbox *s);

#endif
