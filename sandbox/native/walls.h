// What the parts share that build the walls of a sandbox.
#ifndef BELAY_WALLS_H
#define BELAY_WALLS_H

#include "belay.h"

#include <stdio.h>

// ---- mounts.c ----

// Mounts of this process's own, which go with it.
int own_mounts(struct failure *f);
// The directory in the workspace onto which another one is mounted. Made here, by name and without following a link, because the workspace
// may come from an earlier run: bubblewrap would follow a link that was left there.
int make_mount_point(const char *workspace, const char *name, struct failure *f);
// Shows every directory of the request below the stage and puts those paths into the request.
int stage_mounts(struct request *q, uid_t uid, struct failure *f);

// ---- arguments.c ----

int write_arguments(FILE *out, const struct request *q, struct failure *f);

#endif
