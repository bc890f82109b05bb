// A file system in a file: its size is a limit for the disk that nothing can exceed. For root only, in the mount namespace of the child that
// becomes bubblewrap, so that the mount goes with the sandbox and the loop device with the mount.
#include "belay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 64 };

// A loop device for the file; several servers may ask for a free one at once.
static int attach_loop(int file, char device[32], struct failure *f) {
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0) {
        f->unavailable = true;
        return failed(f, "an exact limit for the disk needs loop devices, and /dev/loop-control cannot be opened");
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        snprintf(device, 32, "/dev/loop%d", number);
        int loop = number < 0 ? -1 : open(device, O_RDWR | O_CLOEXEC);
        struct loop_config config = {.fd = (uint32_t)file, .info = {.lo_flags = LO_FLAGS_AUTOCLEAR}};
        if (loop >= 0 && ioctl(loop, LOOP_CONFIGURE, &config) == 0) {
            close(control);
            return loop;
        }
        int error = errno;
        close_quietly(&loop);
        errno = error;
        if (error != EBUSY) {
            break;
        }
    }
    f->unavailable = true;
    failed(f, "an exact limit for the disk needs a free loop device");
    close(control);
    return -1;
}

static int add_name(char **path, const char *name, struct failure *f) {
    char below[PATH_MAX];
    if ((size_t)snprintf(below, sizeof below, "%s/%s", *path, name) >= sizeof below) {
        return refused(f, "the path of the workspace is too long");
    }
    if (mkdir(below, 0755) < 0 && errno != EEXIST) {
        return failed(f, "cannot make the directory %s of a sandbox's file system", name);
    }
    char *copy = strdup(below);
    if (!copy) {
        return failed(f, "cannot remember a path");
    }
    free(*path);
    *path = copy;
    return 0;
}

int mount_image(struct request *q, struct failure *f) {
    char device[32];
    int file = open(q->image, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) {
        return failed(f, "cannot open the file system of a sandbox");
    }
    int loop = attach_loop(file, device, f);
    close(file);
    if (loop < 0) {
        return -1;
    }
    // Over the empty directory of the host that would be the workspace otherwise.
    int mounted = mount(device, q->workspace, "ext4", MS_NOSUID | MS_NODEV, "discard");
    if (mounted < 0) {
        f->unavailable = true;
        failed(f, "cannot mount the file system of a sandbox");
    }
    close(loop);
    if (mounted < 0) {
        return -1;
    }
    free(q->tmp);
    q->tmp = strdup(q->workspace);
    if (!q->tmp) {
        return failed(f, "cannot remember a path");
    }
    return add_name(&q->tmp, "tmp", f) < 0 || add_name(&q->workspace, "workspace", f) < 0 ? -1 : 0;
}
