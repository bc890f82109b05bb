// The system call filter: everything is allowed but what the tables below name. An allow list would break compilers, JITs and new versions
// of the C library; what is newer than the newest call reviewed here answers ENOSYS, so a new kernel does not widen the surface.
//
// Names come from the headers of the machine this is compiled for. A name that an architecture lacks is skipped there; one that only the
// header lacks is given its number below (calls after 423 have the same number everywhere).
#include "belay.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no system call filter has been reviewed for this architecture"
#endif

#ifndef __NR_process_madvise
#define __NR_process_madvise 440
#endif
#ifndef __NR_mount_setattr
#define __NR_mount_setattr 442
#endif
#ifndef __NR_quotactl_fd
#define __NR_quotactl_fd 443
#endif
#ifndef __NR_set_mempolicy_home_node
#define __NR_set_mempolicy_home_node 450
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif

enum {
    X32_BIT = 0x40000000,
    HIGHEST_REVIEWED = 462, // mseal
    SET_ID_BITS = 06000,
};

// Answered EPERM whatever the arguments.
static const int denied[] = {
    // mounts
    __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_fsopen, __NR_fsconfig, __NR_fsmount, __NR_fspick, __NR_open_tree,
    __NR_move_mount, __NR_mount_setattr, __NR_swapon, __NR_swapoff,
    // namespaces (clone: see below)
    __NR_unshare, __NR_setns,
    // other processes
    __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_process_madvise, __NR_kcmp, __NR_pidfd_getfd,
    // kernel surface that no program here needs
    __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register, __NR_add_key,
    __NR_request_key, __NR_keyctl, __NR_init_module, __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_open_by_handle_at,
    __NR_name_to_handle_at, __NR_fanotify_init, __NR_fanotify_mark, __NR_quotactl, __NR_quotactl_fd, __NR_acct, __NR_syslog,
    __NR_vhangup, __NR_mbind, __NR_set_mempolicy, __NR_set_mempolicy_home_node, __NR_get_mempolicy, __NR_migrate_pages, __NR_move_pages,
#ifdef __NR_kexec_file_load
    __NR_kexec_file_load,
#endif
#ifdef __NR_lookup_dcookie
    __NR_lookup_dcookie,
#endif
#ifdef __NR_nfsservctl
    __NR_nfsservctl,
#endif
#ifdef __NR_modify_ldt
    __NR_modify_ldt,
#endif
#ifdef __NR_iopl
    __NR_iopl,
#endif
#ifdef __NR_ioperm
    __NR_ioperm,
#endif
#ifdef __NR_uselib
    __NR_uselib,
#endif
#ifdef __NR_ustat
    __NR_ustat,
#endif
#ifdef __NR_sysfs
    __NR_sysfs,
#endif
#ifdef __NR__sysctl
    __NR__sysctl,
#endif
#ifdef __NR_create_module
    __NR_create_module,
#endif
#ifdef __NR_get_kernel_syms
    __NR_get_kernel_syms,
#endif
#ifdef __NR_query_module
    __NR_query_module,
#endif
    // the machine
    __NR_reboot, __NR_sethostname, __NR_setdomainname, __NR_settimeofday, __NR_clock_settime, __NR_adjtimex, __NR_clock_adjtime,
};

// Answered ENOSYS, so that programs fall back to a call whose arguments the filter can read.
static const int unknown[] = {
    __NR_clone3,  // flags sit behind a pointer; libc falls back to clone, threads work
    __NR_openat2, // the mode sits behind a pointer
};

// Set-id bits in a mode argument. An id-mapped workspace that belongs to root on disk would otherwise keep a setuid-root program for every
// user of the host.
static const struct {
    int call, argument;
} modes[] = {
    {__NR_fchmod, 1},
    {__NR_fchmodat, 2},
    {__NR_fchmodat2, 2},
    {__NR_mknodat, 2},
    {__NR_mkdirat, 2},
#ifdef __NR_chmod
    {__NR_chmod, 1},
#endif
#ifdef __NR_creat
    {__NR_creat, 1},
#endif
#ifdef __NR_mknod
    {__NR_mknod, 1},
#endif
#ifdef __NR_mkdir
    {__NR_mkdir, 1},
#endif
};

// The same where the mode counts only if the flags say that a file is made.
static const struct {
    int call, flags, mode;
} opens[] = {
    {__NR_openat, 2, 3},
#ifdef __NR_open
    {__NR_open, 1, 2},
#endif
};

// Calls that change how another process runs, with the argument that names it. Process 1 has the user of the programs inside, and the
// kernel asks for no more: with its open files limited to none, or run only when nothing else does, it could end no exec any more.
static const struct {
    int call, argument;
} tuning[] = {
    {__NR_prlimit64, 0},
    {__NR_sched_setaffinity, 0},
    {__NR_sched_setattr, 0},
    {__NR_sched_setparam, 0},
    {__NR_sched_setscheduler, 0},
    {__NR_setpriority, 1},
    {__NR_ioprio_set, 1},
};

// The same by naming a user, of whom process 1 is one too: "which" is the first argument.
static const struct {
    int call;
    uint32_t user;
} tuning_users[] = {
    {__NR_setpriority, PRIO_USER},
    {__NR_ioprio_set, 3 /* IOPRIO_WHO_USER */},
};

enum {
    O_CREAT_BIT = 0100,
    TMPFILE_BIT = 020000000, // O_TMPFILE without O_DIRECTORY
    TIOCLINUX_REQUEST = 0x541C,
    NEW_NAMESPACES =
        CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
    UNSAFE_PERSONALITY =
        ADDR_NO_RANDOMIZE | MMAP_PAGE_ZERO | ADDR_COMPAT_LAYOUT | READ_IMPLIES_EXEC | ADDR_LIMIT_32BIT | ADDR_LIMIT_3GB | PER_LINUX32,
};

struct program {
    struct sock_filter code[512];
    size_t size;
    bool full;
};

static void emit(struct program *p, uint16_t code, uint32_t k, uint8_t when_true, uint8_t when_false) {
    if (p->size == sizeof p->code / sizeof p->code[0]) {
        p->full = true;
        return;
    }
    p->code[p->size++] = (struct sock_filter){.code = code, .jt = when_true, .jf = when_false, .k = k};
}

static void load(struct program *p, size_t offset) {
    emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

// The low half of an argument. All values tested here have 32 bits, and the kernel looks at no more of them.
static void load_argument(struct program *p, int index) {
    load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)index);
}

static void answer(struct program *p, uint32_t action) {
    emit(p, BPF_RET | BPF_K, action, 0, 0);
}

static const uint32_t not_permitted = SECCOMP_RET_ERRNO | EPERM;
static const uint32_t not_implemented = SECCOMP_RET_ERRNO | ENOSYS;
static const uint32_t no_such_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;

// Starts a block that is skipped for every other call. Blocks end with an answer; the number is loaded again by the next one.
static size_t begin_call(struct program *p, int call) {
    load(p, offsetof(struct seccomp_data, nr));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 0);
    return p->size - 1;
}

static void end_call(struct program *p, size_t start) {
    answer(p, SECCOMP_RET_ALLOW);
    size_t skipped = p->size - start - 1;
    if (skipped > UINT8_MAX) {
        p->full = true;
        return;
    }
    p->code[start].jf = (uint8_t)skipped;
}

static void answer_if_equal(struct program *p, uint32_t value, uint32_t action) {
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(p, action);
}

static void answer_if_any_bit(struct program *p, uint32_t bits, uint32_t action) {
    emit(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    answer(p, action);
}

static void socket_rules(struct program *p, int call) {
    size_t start = begin_call(p, call);
    load_argument(p, 0);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1);
    answer(p, SECCOMP_RET_ALLOW);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 4, 0);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 3, 0);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 1, 0);
    answer(p, no_such_family);
    emit(p, BPF_JMP | BPF_JA, 6, 0, 0); // to netlink
    // internet: no raw sockets, and not the old spelling of packet sockets
    load_argument(p, 1);
    emit(p, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
    answer_if_equal(p, SOCK_RAW, not_permitted);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 10 /* SOCK_PACKET */, 3, 0);
    answer(p, SECCOMP_RET_ALLOW);
    // netlink: only routes
    load_argument(p, 2);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, NETLINK_ROUTE, 1, 2);
    answer(p, not_permitted);
    answer(p, SECCOMP_RET_ALLOW);
    answer(p, no_such_family);
    end_call(p, start);
}

static void build(struct program *p) {
    load(p, offsetof(struct seccomp_data, arch));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0);
    answer(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    emit(p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    answer(p, SECCOMP_RET_KILL_PROCESS);
#endif
    emit(p, BPF_JMP | BPF_JGT | BPF_K, HIGHEST_REVIEWED, 0, 1);
    answer(p, not_implemented);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        answer_if_equal(p, (uint32_t)denied[i], not_permitted);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        answer_if_equal(p, (uint32_t)unknown[i], not_implemented);
    }
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        size_t start = begin_call(p, modes[i].call);
        load_argument(p, modes[i].argument);
        answer_if_any_bit(p, SET_ID_BITS, not_permitted);
        end_call(p, start);
    }
    for (size_t i = 0; i < sizeof opens / sizeof opens[0]; i++) {
        size_t start = begin_call(p, opens[i].call);
        load_argument(p, opens[i].flags);
        emit(p, BPF_JMP | BPF_JSET | BPF_K, O_CREAT_BIT | TMPFILE_BIT, 1, 0);
        answer(p, SECCOMP_RET_ALLOW);
        load_argument(p, opens[i].mode);
        answer_if_any_bit(p, SET_ID_BITS, not_permitted);
        end_call(p, start);
    }
    for (size_t i = 0; i < sizeof tuning_users / sizeof tuning_users[0]; i++) {
        // No end_call: what is not answered here goes on to the rule for process 1 below.
        load(p, offsetof(struct seccomp_data, nr));
        emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)tuning_users[i].call, 0, 3);
        load_argument(p, 0);
        answer_if_equal(p, tuning_users[i].user, not_permitted);
    }
    for (size_t i = 0; i < sizeof tuning / sizeof tuning[0]; i++) {
        size_t start = begin_call(p, tuning[i].call);
        load_argument(p, tuning[i].argument);
        answer_if_equal(p, 1, not_permitted); // process 1, or its process group
        end_call(p, start);
    }
    size_t start = begin_call(p, __NR_clone);
    load_argument(p, 0);
    answer_if_any_bit(p, NEW_NAMESPACES, not_permitted);
    end_call(p, start);

    start = begin_call(p, __NR_ioctl);
    load_argument(p, 1);
    answer_if_equal(p, TIOCSTI, not_permitted);
    answer_if_equal(p, TIOCLINUX_REQUEST, not_permitted);
    end_call(p, start);

    start = begin_call(p, __NR_personality);
    load_argument(p, 0);
    answer_if_equal(p, 0xffffffff, SECCOMP_RET_ALLOW); // asks, changes nothing
    answer_if_any_bit(p, UNSAFE_PERSONALITY, not_permitted);
    end_call(p, start);

    socket_rules(p, __NR_socket);
    socket_rules(p, __NR_socketpair);
    answer(p, SECCOMP_RET_ALLOW);
}

int install_filter(struct failure *f) {
    struct program p = {.size = 0};
    build(&p);
    if (p.full) {
        return refused(f, "the system call filter does not fit its buffer");
    }
    struct sock_fprog filter = {.len = (unsigned short)p.size, .filter = p.code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return failed(f, "cannot give up new privileges");
    }
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0) {
        f->unavailable = true;
        return failed(f, "this kernel refused the system call filter (it needs CONFIG_SECCOMP_FILTER)");
    }
    return 0;
}
