#include "belay.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    const char *role = argc > 1 ? argv[1] : "";
    if (strcmp(role, "spawner") == 0) {
        return run_spawner(argc, argv);
    }
    if (strcmp(role, "init") == 0) {
        return run_init();
    }
    if (strcmp(role, "probe") == 0) {
        return run_probe();
    }
    if (strcmp(role, "usage") == 0) {
        return run_usage(argc, argv);
    }
    fprintf(stderr, "usage: belay-sandbox spawner DIRECTORY BWRAP\n");
    return 2;
}
