// The native helper of the local sandbox. One program, four roles:
//   spawner  outside: the parent of every sandbox, one thread, one poll loop
//   init     inside: process 1 of a sandbox, runs commands and file operations
//   probe    inside: tries the walls as any program would and prints what it saw
//   usage    outside: counts what trees take on the disk
//
// Everything that arrives over a socket is bounded before it is stored, and every failing system call ends in a text that says what
// failed. There are no libraries and, after start, no allocation whose size somebody else controls beyond the bounds named here.
#ifndef BELAY_H
#define BELAY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

// ---- Frames: u32 length of the payload, u8 type, payload. Integers are big endian, a text is u32 length and bytes. ----

enum { FRAME_HEADER = 5, MAX_REQUEST = 4 << 20, CHUNK = 64 << 10 };

// Server to spawner and back. One connection per sandbox: the sandbox lives as long as its connection.
enum spawner_frame {
    CREATE = 1,
    CREATED = 2,
    REFUSED = 3,
    STATS = 4,
    STATS_REPLY = 5,
    DESTROY = 6,
    DESTROYED = 7,
};

// Server to init and back. One connection per exec or file operation.
enum init_frame {
    TAKEN = 19, // u8 type: the last STDIN or CHANNEL frame is with the program, another may be sent
    EXEC = 20,
    STDIN = 21,
    STDIN_END = 22,
    STDOUT = 23,
    STDERR = 24,
    EXIT = 25,
    SIGNAL = 26, // u8 number: to every process of the exec
    RESIZE = 27, // u32 rows, u32 columns
    CHANNEL = 28, // both ways: bytes of the exec's private channel, descriptor 3 of its program
    CHANNEL_END = 29,
    FILE_READ = 30,
    FILE_WRITE = 31,
    FILE_STAT = 32,
    FILE_LIST = 33,
    FILE_REMOVE = 34,
    FILE_MAKE_DIRECTORY = 35,
    FILE_MOVE = 36,
    FILE_PACK = 37,
    FILE_UNPACK = 38,
    FILE_STATE = 40,
    FILE_DATA = 41,
    FILE_DONE = 42,
    FILE_ERROR = 43,
    FILE_ENTRY = 44,
    PING = 50,
    PONG = 51,
};

// A payload being read. Reading past its end sets bad and yields zeros, so that a message is checked once, at its end.
struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};
uint8_t read_u8(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
// A text of at most max bytes without NUL, copied and terminated. The caller frees it. NULL (and bad) if it does not fit.
char *read_text(struct reader *r, size_t max);

// A message being built in a buffer of fixed size. What does not fit sets full.
struct writer {
    uint8_t *buffer;
    size_t size, used;
    bool full;
};
void begin_frame(struct writer *w, uint8_t *buffer, size_t size, uint8_t type);
void put_u8(struct writer *w, uint8_t v);
void put_u32(struct writer *w, uint32_t v);
void put_u64(struct writer *w, uint64_t v);
void put_bytes(struct writer *w, const void *data, size_t size);
void put_text(struct writer *w, const char *text);
// Fills in the length. Returns the number of bytes of the whole frame.
size_t end_frame(struct writer *w);
void put_header(uint8_t header[FRAME_HEADER], uint8_t type, uint32_t length);
uint32_t header_length(const uint8_t header[FRAME_HEADER]);

// ---- Small things ----

// Why something failed, for a person. The first failure is kept.
struct failure {
    char text[2048];
    bool unavailable; // this host lacks something, as opposed to a bad request or a passing fault
};
// Notes "what: strerror(errno)". Always returns -1.
int failed(struct failure *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Notes the text alone. Always returns -1.
int refused(struct failure *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

void close_quietly(int *fd);
int64_t now_ms(void); // monotonic
void hex(char *out, const uint8_t *bytes, size_t size);
// Reads a small file whole, terminated. Returns its length, or -1 with errno.
ssize_t read_small_file(const char *path, char *buffer, size_t size);
int write_small_file(const char *path, const char *text);
// Blocking, for sockets and pipes that only trusted ends hold.
int read_fully(int fd, void *buffer, size_t size);
int write_fully(int fd, const void *buffer, size_t size);
int set_nonblocking(int fd);
// Sets both limits of a resource. A hard limit that is lower already stays: the right to raise it may be missing.
int lower_limit(int resource, uint64_t value);

// ---- What a sandbox is made of ----

enum { MAX_DIRECTORIES = 64, NONCE = 16, INSIDE_ID = 1000 };

struct limits {
    uint64_t memory, file_bytes;
    uint32_t processes, milli_cpus, open_files;
};

struct directory {
    char *path, *name;
};

struct request {
    uint8_t nonce[NONCE];
    struct limits limits;
    char *workspace, *tmp;
    struct directory directories[MAX_DIRECTORIES]; // writable, at /workspace/NAME
    uint32_t directory_count;
    struct directory shared[MAX_DIRECTORIES]; // read-only, at /mnt/NAME
    uint32_t shared_count;
    char *image; // a file that holds the file system of workspace and tmp, or empty
};
int parse_request(struct request *q, struct reader *r, struct failure *f);
void free_request(struct request *q);

// The namespaces that every sandbox has of its own, in the order of these arrays.
enum { NAMESPACES = 7 };
extern const char *const namespace_names[NAMESPACES];
int read_namespaces(uint64_t inodes[NAMESPACES], struct failure *f);

// What the spawner tells init over the socket pair that only the two of them hold.
struct orders {
    uint8_t nonce[NONCE];
    uint64_t outer_namespaces[NAMESPACES];
    struct limits limits;
    bool memory_by_rlimit; // no cgroup bounds the memory
};

// What init answers, once, before it serves anything.
enum proven { PROVEN_NAMESPACES = 1, PROVEN_NO_NEW_PRIVILEGES = 2, PROVEN_NO_CAPABILITIES = 4, PROVEN_SECCOMP = 8, PROVEN_ALL = 15 };
struct hello {
    uint8_t nonce[NONCE];
    uint32_t proven;
};

// The descriptors init is started with.
enum { FD_CONTROL = 3, FD_LISTENER = 4, FD_SELF = 5, FD_MEMORY_EVENTS = 6, FD_BWRAP_ARGS = 7, FD_FIRST_FILE = 8 };

// ---- cgroup.c ----

enum controller { MEMORY, PIDS, CPU, CONTROLLERS };
enum cgroup_version { NO_CGROUP = 0, CGROUP_V1 = 1, CGROUP_V2 = 2 };

// Where this process may make cgroups; found once by trying.
struct cgroup_host {
    enum cgroup_version version[CONTROLLERS];
    char parent[CONTROLLERS][512];
    char prefix[64]; // of the names of our groups: belay-PID-STARTTIME-
};
void find_cgroups(struct cgroup_host *host);
// Makes the groups of one sandbox, sets the limits and joins them. Returns -1 with a text if the host promised it and it failed.
int join_cgroups(const struct cgroup_host *host, const char *name, const struct limits *limits, struct failure *f);
// Opens the file that counts memory kills, or returns -1 if there is none.
int open_memory_events(const struct cgroup_host *host, const char *name);
uint64_t read_memory_kills(int fd);
// What a sandbox uses. A number that this host does not tell is UNKNOWN_NUMBER.
#define UNKNOWN_NUMBER UINT64_MAX
struct usage {
    uint64_t throttled, memory, memory_peak, cpu_micros, processes, memory_kills;
};
void read_usage(const struct cgroup_host *host, const char *name, struct usage *usage);
// Kills what is left in the groups and removes them. True when nothing is left.
bool remove_cgroups(const struct cgroup_host *host, const char *name);
// The same for groups whose spawner is gone.
bool remove_stale_cgroups(const struct cgroup_host *host);

// ---- walls.c ----

struct walls_host {
    const char *bwrap;
    bool root;
    uint64_t namespaces[NAMESPACES];
    struct cgroup_host cgroups;
    int self; // a sealed copy of this program
};
// Runs in the forked child: builds what bubblewrap cannot and becomes it. Never returns; says on stderr what failed.
void raise_walls(const struct walls_host *host, struct request *q, const char *name, uid_t uid, int control, int listener)
    __attribute__((noreturn));
enum { EXIT_FAILED = 125, EXIT_UNAVAILABLE = 126 };

// ---- inside.c ----

// Files of this program that every sandbox sees.
struct inside_file {
    const char *path;
    const uint8_t *content, *end;
};
extern const struct inside_file inside_files[];
extern const size_t inside_file_count;

// ---- image.c ----

// Mounts the image and puts its own directories into the request.
int mount_image(struct request *q, struct failure *f);

// ---- seccomp.c ----

int install_filter(struct failure *f);

// ---- prove.c ----

// Installs the filter and says which walls were found to stand; -1 with a text at the first that does not.
int prove_walls(const uint64_t outer[NAMESPACES], uint32_t *proven, struct failure *f);

// ---- tree.c: processes found by their parents, seen from process 1 ----

// Sends a signal to every descendant of a process. Used for the polite TERM.
void signal_tree(pid_t root, int signal);
// Stops, then kills every descendant of the roots and every process that hangs off process 1 without being listed as known. Returns how
// many living ones the last look saw; never 0 if it could not see everything.
int kill_trees(const pid_t *roots, size_t root_count, const pid_t *known, size_t known_count);

// ---- command.c: an exec's supervisor and its command ----

struct command {
    char **argv, **env;
    char *directory;
    bool probe;    // run this program's own probe instead of argv
    bool terminal; // its streams are one terminal, which it controls
};

// The ends of an exec's streams that its program gets. The channel becomes descriptor 3, or is -1.
struct streams {
    int input, output, errors, channel;
};
enum { FD_CHANNEL = 3 };

enum start_stage { STAGE_DIRECTORY = 1, STAGE_PROGRAM = 2, STAGE_LIMITS = 3, STAGE_DESCRIPTORS = 4, STAGE_WORKER = 5 };

// Shared between init and a supervisor.
struct outcome {
    int reported;   // 1 when what follows is filled in
    int start_error; // errno of what kept the command from starting, or 0
    int start_stage; // see enum start_stage
    int wait_status;
    int clean;      // no process of the exec is left
};
// Closes every descriptor above the standard ones but these, the first of which is the smaller.
int close_all_but(int first, int second);
// Runs in the forked supervisor. Never returns.
void supervise(const struct command *c, const struct limits *limits, bool memory_by_rlimit, const struct streams *streams,
    volatile struct outcome *outcome) __attribute__((noreturn));
// Becomes the command without a supervisor. Never returns.
void become_worker(const struct command *c, const struct limits *limits, bool memory_by_rlimit, const struct streams *streams)
    __attribute__((noreturn));

// ---- files.c ----

// Runs in a forked worker: serves one file operation on a blocking socket. Never returns.
void serve_file_operation(int socket, uint8_t type, const uint8_t *payload, uint32_t size, const struct limits *limits) __attribute__((noreturn));

// ---- roles ----

int run_spawner(int argc, char **argv);
int run_init(void);
int run_probe(void);
int run_usage(int argc, char **argv);

#endif
