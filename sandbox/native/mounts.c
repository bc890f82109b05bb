// The mounts that bubblewrap cannot make: the writable directories as the sandbox's own kernel user sees them.
#include "walls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// <sys/mount.h>, which declares this, cannot be included beside <linux/mount.h> with every C library.
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
enum { FLAG_NOSUID = 2, FLAG_NODEV = 4, FLAG_NOEXEC = 8, FLAG_REC = 16384, FLAG_PRIVATE = 1 << 18 };

// Where the id-mapped mounts are attached: a tmpfs over a directory that every host has, in a mount namespace of the child's own. Each
// parent of it can be searched by the sandbox's user, which is not so for the directories themselves.
#define STAGE "/tmp"

// A user namespace whose map says: what belongs to `on_disk` shows as `shown`. A short-lived child holds it until it is open here.
static int map_namespace(uid_t on_disk_user, gid_t on_disk_group, uid_t shown, struct failure *f) {
    int hold[2];
    if (pipe2(hold, O_CLOEXEC) < 0) {
        return failed(f, "cannot make a pipe");
    }
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child < 0) {
        f->unavailable = true;
        return failed(f, "cannot make a user namespace for an id-mapped mount");
    }
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) < 0);
    }
    close(hold[0]);
    char path[64], map[64];
    int fd = -1;
    snprintf(path, sizeof path, "/proc/%ld/uid_map", child);
    snprintf(map, sizeof map, "%u %u 1\n", on_disk_user, shown);
    if (write_small_file(path, map) < 0) {
        failed(f, "cannot map user ids %s", map);
    } else {
        snprintf(path, sizeof path, "/proc/%ld/gid_map", child);
        snprintf(map, sizeof map, "%u %u 1\n", on_disk_group, shown);
        if (write_small_file(path, map) < 0) {
            failed(f, "cannot map group ids %s", map);
        } else {
            snprintf(path, sizeof path, "/proc/%ld/ns/user", child);
            fd = open(path, O_RDONLY | O_CLOEXEC);
            if (fd < 0) {
                failed(f, "cannot open the user namespace of an id-mapped mount");
            }
        }
    }
    close(hold[1]);
    while (waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR) {
    }
    return fd;
}

// Keeps the last map, because workspace and tmp nearly always have the same owner.
struct map_cache {
    uid_t user;
    gid_t group;
    int fd;
};

// A detached mount of the directory in which its owner shows as the sandbox's user. Ids other than the owner's have no name in it.
static int open_mapped(const char *path, uid_t shown, struct map_cache *cache, struct failure *f) {
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) {
        f->unavailable = errno == ENOSYS;
        return failed(f, "cannot open the directory %s to mount it", path);
    }
    struct stat s;
    if (fstat(tree, &s) < 0) {
        return failed(f, "cannot look at %s", path);
    }
    if (!S_ISDIR(s.st_mode)) {
        return refused(f, "%s is not a directory", path);
    }
    if (cache->fd < 0 || cache->user != s.st_uid || cache->group != s.st_gid) {
        close_quietly(&cache->fd);
        *cache = (struct map_cache){s.st_uid, s.st_gid, map_namespace(s.st_uid, s.st_gid, shown, f)};
        if (cache->fd < 0) {
            return -1;
        }
    }
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
        .userns_fd = (uint64_t)cache->fd,
    };
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
        f->unavailable = true;
        return failed(f, "the file system of %s (or this kernel, if older than 5.12) cannot do id-mapped mounts; put the data "
            "directory on ext4, xfs or btrfs, or run the server as a plain user", path);
    }
    return tree;
}

// A detached mount of a directory that all sandboxes may read, as its rights on the host let anyone read it.
static int open_shared(const char *path, struct failure *f) {
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    if (tree < 0) {
        return failed(f, "cannot open the shared directory %s", path);
    }
    struct stat s;
    if (fstat(tree, &s) < 0 || !S_ISDIR(s.st_mode)) {
        return refused(f, "%s is not a directory", path);
    }
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
        return failed(f, "cannot make the mount of %s read-only", path);
    }
    return tree;
}

static int attach(int tree, const char *name, char **path, struct failure *f) {
    char target[64];
    snprintf(target, sizeof target, STAGE "/%s", name);
    if (mkdir(target, 0755) < 0) {
        return failed(f, "cannot make a mount point for %s", *path);
    }
    if (syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
        return failed(f, "cannot attach the mount of %s", *path);
    }
    free(*path);
    *path = strdup(target);
    return *path ? 0 : failed(f, "cannot remember a path");
}

int make_mount_point(const char *workspace, const char *name, struct failure *f) {
    int parent = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat owner, s;
    if (parent < 0 || fstat(parent, &owner) < 0) {
        return failed(f, "cannot open the workspace %s", workspace);
    }
    int result = 0;
    if (mkdirat(parent, name, 0755) == 0) {
        if (geteuid() == 0 && fchownat(parent, name, owner.st_uid, owner.st_gid, AT_SYMLINK_NOFOLLOW) < 0) {
            result = failed(f, "cannot hand the mount point %s to the workspace's owner", name);
        }
    } else if (errno != EEXIST) {
        result = failed(f, "cannot make the mount point %s", name);
    } else if (fstatat(parent, name, &s, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(s.st_mode)) {
        result = refused(f, "the workspace holds something that is not a directory where %s is to be mounted", name);
    }
    close(parent);
    return result;
}

int own_mounts(struct failure *f) {
    if (unshare(CLONE_NEWNS) < 0) {
        f->unavailable = true;
        return failed(f, "cannot make a mount namespace (root here lacks CAP_SYS_ADMIN; run the server as a plain user)");
    }
    return mount(NULL, "/", NULL, FLAG_REC | FLAG_PRIVATE, NULL) < 0 ? failed(f, "cannot make the mounts private") : 0;
}

int stage_mounts(struct request *q, uid_t uid, struct failure *f) {
    // All are opened before the stage covers what may be their own parent.
    struct map_cache cache = {.fd = -1};
    int workspace = open_mapped(q->workspace, uid, &cache, f);
    int tmp = workspace < 0 ? -1 : open_mapped(q->tmp, uid, &cache, f);
    int trees[MAX_DIRECTORIES], shared[MAX_DIRECTORIES];
    if (tmp < 0) {
        return -1;
    }
    for (uint32_t i = 0; i < q->directory_count; i++) {
        if ((trees[i] = open_mapped(q->directories[i].path, uid, &cache, f)) < 0) {
            return -1;
        }
    }
    for (uint32_t i = 0; i < q->shared_count; i++) {
        if ((shared[i] = open_shared(q->shared[i].path, f)) < 0) {
            return -1;
        }
    }
    if (mount("tmpfs", STAGE, "tmpfs", FLAG_NOSUID | FLAG_NODEV | FLAG_NOEXEC, "mode=755,size=64k,nr_inodes=256") < 0) {
        return failed(f, "cannot mount a tmpfs over " STAGE);
    }
    if (attach(workspace, "workspace", &q->workspace, f) < 0 || attach(tmp, "tmp", &q->tmp, f) < 0) {
        return -1;
    }
    for (uint32_t i = 0; i < q->directory_count; i++) {
        char name[16];
        snprintf(name, sizeof name, "d%u", i);
        if (attach(trees[i], name, &q->directories[i].path, f) < 0) {
            return -1;
        }
    }
    for (uint32_t i = 0; i < q->shared_count; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%u", i);
        if (attach(shared[i], name, &q->shared[i].path, f) < 0) {
            return -1;
        }
    }
    return 0;
}
