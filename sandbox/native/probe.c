// Runs inside a sandbox like any other program and tries what must not work. Prints one line for each property: its name, "held" or "open",
// and what was seen. Tries nothing that could do harm where it did work.
#include "belay.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, bool held, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(const char *name, bool held, const char *format, ...) {
    va_list args;
    printf("%s %s ", name, held ? "held" : "open");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

static const char *status_line(const char *text, const char *word, char *out, size_t size) {
    const char *at = strstr(text, word);
    if (!at) {
        snprintf(out, size, "absent");
        return out;
    }
    at += strlen(word);
    at += strspn(at, ":\t ");
    snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
    return out;
}

static void probe_status(void) {
    static const char *const sets[] = {"\nCapInh", "\nCapPrm", "\nCapEff", "\nCapBnd", "\nCapAmb"};
    char text[8192], value[128];
    if (read_small_file("/proc/self/status", text, sizeof text) < 0) {
        say("proc", false, "/proc/self/status cannot be read");
        return;
    }
    status_line(text, "\nSeccomp:", value, sizeof value);
    say("seccomp", strcmp(value, "2") == 0, "mode %s", value);
    status_line(text, "\nNoNewPrivs", value, sizeof value);
    say("no_new_privileges", strcmp(value, "1") == 0, "%s", value);
    bool empty = true;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        empty &= strspn(status_line(text, sets[i], value, sizeof value), "0") == strlen(value);
    }
    say("capabilities", empty, "%s", empty ? "all five sets are empty" : "not empty");
}

static void probe_namespaces(void) {
    for (int i = 0; i < NAMESPACES; i++) {
        char path[64];
        struct stat s;
        snprintf(path, sizeof path, "/proc/self/ns/%s", namespace_names[i]);
        printf("namespace %s %llu\n", namespace_names[i], stat(path, &s) < 0 ? 0ULL : (unsigned long long)s.st_ino);
    }
}

static bool is_refused(long result, const char *name, int error) {
    bool held = result < 0 && errno == error;
    say(name, held, "%s", result < 0 ? strerror(errno) : "was allowed");
    return held;
}

static void probe_calls(void) {
    is_refused(syscall(SYS_unshare, CLONE_NEWUSER), "user_namespaces_inside", EPERM);
    is_refused(socket(40 /* AF_VSOCK */, SOCK_STREAM, 0), "vsock", EAFNOSUPPORT);
    is_refused(open("/proc/1/mem", O_RDONLY), "init_memory", EACCES);
    is_refused(syscall(SYS_fchmodat, AT_FDCWD, "/tmp", 04755), "set_id_bits", EPERM);
}

static void probe_files(void) {
    static const char *const places[] = {"/.belay-probe", "/usr/.belay-probe", "/etc/.belay-probe", "/dev/.belay-probe"};
    static const char *const absent[] = {"/root", "/home", "/var", "/srv", "/sys", "/boot", "/run"};
    const char *written = NULL, *found = NULL;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int fd = open(places[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            unlink(places[i]);
            written = places[i];
        }
    }
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        found = access(absent[i], F_OK) == 0 ? absent[i] : found;
    }
    say("root_read_only", !written, "%s", written ? written : "/, /usr, /etc and /dev cannot be written");
    say("host_files_absent", !found, "%s", found ? found : "no /root, /home, /var, /srv, /sys, /boot, /run");
    int sysctl = open("/proc/sys/fs/mqueue/msg_max", O_WRONLY | O_CLOEXEC);
    say("kernel_settings", sysctl < 0, "%s", sysctl < 0 ? strerror(errno) : "/proc/sys can be written");
}

static void probe_network(void) {
    char text[4096];
    ssize_t n = read_small_file("/proc/net/dev", text, sizeof text);
    int lines = 0;
    for (char *at = n > 0 ? text : NULL; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        lines++;
    }
    say("network", n > 0 && lines == 3 && strstr(text, "lo:"), "%s", lines == 3 ? "only a loopback of its own" : "other interfaces show");
}

static void probe_environment(void) {
    extern char **environ;
    bool clean = true;
    for (char **e = environ; *e; e++) {
        clean &= strncmp(*e, "HOME=", 5) == 0 || strncmp(*e, "LANG=", 5) == 0 || strncmp(*e, "PATH=", 5) == 0;
    }
    say("environment", clean, "%s", clean ? "HOME, LANG and PATH only" : "more than HOME, LANG and PATH");
}

// The kernel must choose a program in a sandbox before the server, whatever that program says of itself.
static void probe_memory_score(void) {
    char text[32];
    bool written = write_small_file("/proc/self/oom_score_adj", "0") == 0;
    bool read = read_small_file("/proc/self/oom_score_adj", text, sizeof text) > 0;
    say("memory_score", !written && read && atoi(text) > 0, "%s", written ? "can be lowered from inside" : "cannot be lowered from inside");
}

static void probe_processes(void) {
    pid_t children[4096];
    int count = 0, error = 0;
    while (count < 4096) {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        if (child < 0) {
            error = errno;
            break;
        }
        children[count++] = child;
    }
    for (int i = 0; i < count; i++) {
        kill(children[i], SIGKILL);
    }
    while (wait(NULL) > 0) {
    }
    say("process_limit", error == EAGAIN, "%d processes, then %s", count + 1, error ? strerror(error) : "no refusal");
}

// A child takes memory until it is killed; the limit of the sandbox that this runs in is far below what it takes.
static void probe_memory(void) {
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 64; i++) {
            char *part = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
            if (part == MAP_FAILED) {
                _exit(2);
            }
            memset(part, 1, 4 << 20);
        }
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    say("memory_limit", killed, "%s", killed ? "256 MiB of shared memory were not given" : "256 MiB of shared memory were given");
}

static void probe_cpu(void) {
    int64_t end = now_ms() + 300;
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            while (now_ms() < end) {
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        if (children[i] > 0) {
            waitpid(children[i], NULL, 0);
        }
    }
}

int run_probe(void) {
    probe_namespaces();
    probe_status();
    probe_calls();
    probe_files();
    probe_network();
    probe_environment();
    probe_memory_score();
    probe_processes();
    probe_cpu(); // whether it was slowed shows in the counters outside
    probe_memory();
    return 0;
}
