// What the parts of init share: its connections, each one exec or one file operation.
#ifndef BELAY_CONNECTION_H
#define BELAY_CONNECTION_H

#include "belay.h"

enum { MAX_CONNECTIONS = 200, CANCEL_GRACE_MS = 100, KILL_TICK_MS = 2, WORKER_DEADLINE_MS = 60000, STREAM_DEADLINE_MS = 60 * 60 * 1000 };
static const int64_t MAX_TIMEOUT_MS = 1000LL * 60 * 60 * 24 * 30;

enum phase {
    FREE,
    READING,  // the request
    WORKING,  // a file operation, in a worker that has the connection
    RUNNING,
    POLITE,   // told to end by TERM
    FORCED,   // being killed
    SWEEPING, // the supervisor is gone, what it left is being killed
    DRAINING, // nothing lives; what it wrote last is sent
    FLUSHING, // the last frame is being sent
};

enum cause { BY_ITSELF = 0, BY_TIMEOUT = 1, BY_CANCEL = 2 };
enum how { EXITED = 0, SIGNALED = 1, NOT_STARTED = 2 };

// One end of a channel and the events it is watched for.
struct port {
    int fd;
    uint32_t watched;
};

// What the server sent for a program and the program has not taken yet: at most one frame. The server sends the next one when it is told
// that this one was taken, so that a program that does not read holds up nothing else on the connection.
struct inflow {
    uint8_t *data; // CHUNK bytes, or NULL if nothing may be sent
    size_t from, to;
    bool ended, taken;
};

struct connection {
    enum phase phase;
    struct port socket, input, output, errors, channel;
    pid_t process; // supervisor, worker, or what the language worker forked; 0 once reaped
    bool terminal; // input and output are one terminal
    bool worker;   // a language worker: its channel is for process 1, not for the server
    bool forked;   // its program is a fork of the language worker
    uint32_t serial;
    enum cause cause;
    int64_t deadline;
    uint32_t grace_ms;
    uint64_t kills_before;
    // The request, then frames for the program.
    uint8_t header[FRAME_HEADER];
    size_t header_used;
    uint8_t *request;
    size_t request_used, request_size;
    struct inflow to_input, to_channel;
    uint8_t *payload, small[8];
    size_t payload_used;
    // A frame on its way out.
    uint8_t *frame;
    size_t frame_from, frame_to;
    // What is still read before the channel is, or when everything is dead: a descriptor that went elsewhere must not keep the exec open.
    int output_left, errors_left, channel_left;
    bool channel_waits; // there is something on the channel, which goes after what the program wrote before it
};

// A supervisor that waits for its exec. None if process is 0.
struct ahead {
    pid_t process;
    int orders; // the socket over which it gets it
};

enum port_kind { SOCKET_PORT, INPUT_PORT, OUTPUT_PORT, ERRORS_PORT, CHANNEL_PORT, LISTENER_PORT, SIGNAL_PORT, CONTROL_PORT };

extern struct init {
    struct orders orders;
    int epoll, signals;
    struct port listener;
    struct connection all[MAX_CONNECTIONS];
    struct outcome *outcomes; // shared with the supervisors
    struct ahead ahead;
    int64_t next_tick;
    uint32_t next_serial;
} init;

// ---- connection.c ----

void watch_port(struct port *port, uint32_t events, uint64_t tag);
void close_port(struct port *port);
void accept_connection(void);
// Watches what can make progress. A pipe whose data has nowhere to go is not watched at all, so the program that fills it waits.
void update_ports(struct connection *c);
void update_listener(void);
void release(struct connection *c);

// ---- incoming.c ----

void receive_request(struct connection *c);
// Frames for the program.
void receive_frames(struct connection *c);
void write_input(struct connection *c);
void write_channel(struct connection *c);

// ---- starting.c ----

void take_request(struct connection *c);
// How an exec is to run.
enum exec_flags { WITH_INPUT = 1, PROBE = 2, WITH_CHANNEL = 4, ON_TERMINAL = 8, AS_WORKER = 16, BY_WORKER = 32 };
struct exec_request {
    uint64_t timeout_ms;
    uint32_t grace_ms;
    uint8_t flags;
    uint32_t rows, columns;
    struct command command;
};
// Reads what the server asks for; its texts are the caller's.
struct exec_request read_exec(struct reader *r);

// ---- ahead.c ----

// Forks a supervisor for the next exec, if that is possible now.
void fork_ahead(void);
// It is gone.
void forget_ahead(void);
// Gives it an exec. Returns its process, or 0 if there is none that can take it.
pid_t hand_over(uint32_t slot, const struct reader *request, const struct streams *streams);

// ---- worker.c ----

// Asks the language worker to fork a program with these streams in that directory (a descriptor). Returns 0, or an errno.
int fork_by_worker(struct connection *c, const struct streams *streams, int directory);
// What the language worker says of its forks.
void take_reports(struct connection *worker);
// The language worker has ended: what waits for it is told.
void worker_ended(void);

// ---- outgoing.c ----

// The server is gone or let go: nobody is told anything any more.
void lose_socket(struct connection *c);
void flush(struct connection *c);
// Moves at most one buffer from a pipe to the connection. Returns how much was read; closes the port at its end.
int pump(struct connection *c, struct port *port, uint8_t type, int limit);
// Sends what is on the channel, after what the program wrote to its streams before.
void pump_channel(struct connection *c);
// Tells the server what of its frames was taken.
void tell_taken(struct connection *c);
void put_exit(struct connection *c, enum how how, uint32_t value, uint32_t stage, const char *text);
void begin_draining(struct connection *c);
void drain(struct connection *c);

// ---- ending.c ----

void tell_to_end(struct connection *c, enum cause cause, int64_t grace_ms);
void signal_exec(const struct connection *c, int number);
// A fork of the language worker has ended.
void fork_ended(struct connection *c, int wait_status);
void reap(void);
// Acts on what is due and returns how long the loop may sleep.
int act_on_time(void);
// Whether there is no exec and no file operation; a language worker, which runs no program itself, does not count.
bool is_idle(void);

#endif
