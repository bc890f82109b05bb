// What process 1 makes sure of before it serves anything: that the walls were asked for proves nothing.
#include "belay.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int prove_namespaces(const uint64_t outer[NAMESPACES], struct failure *f) {
    uint64_t inner[NAMESPACES];
    if (getpid() != 1) {
        return refused(f, "init is not process 1 of a namespace of its own");
    }
    if (read_namespaces(inner, f) < 0) {
        return -1;
    }
    for (int i = 0; i < NAMESPACES; i++) {
        if (inner[i] == outer[i]) {
            return refused(f, "the sandbox did not get a %s namespace of its own", namespace_names[i]);
        }
    }
    return 0;
}

static int prove_no_capabilities(struct failure *f) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) {
        return failed(f, "cannot read the capabilities");
    }
    for (int i = 0; i < 2; i++) {
        if (data[i].effective || data[i].permitted || data[i].inheritable) {
            return refused(f, "the sandbox was left with capabilities");
        }
    }
    for (int capability = 0, held; (held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0)) >= 0; capability++) {
        if (held || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1) {
            return refused(f, "the sandbox could gain capability %d", capability);
        }
    }
    return 0;
}

int prove_walls(const uint64_t outer[NAMESPACES], uint32_t *proven, struct failure *f) {
    if (prove_namespaces(outer, f) < 0) {
        return -1;
    }
    if (install_filter(f) < 0) {
        return -1;
    }
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        return refused(f, "programs could still gain privileges");
    }
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER) {
        return refused(f, "the system call filter is not in force");
    }
    if (prove_no_capabilities(f) < 0) {
        return -1;
    }
    *proven = PROVEN_NAMESPACES | PROVEN_NO_NEW_PRIVILEGES | PROVEN_NO_CAPABILITIES | PROVEN_SECCOMP;
    return 0;
}
