// The files of inside/, carried in this program, with their places in a sandbox.
#include "belay.h"

#define CARRY(name, file) \
    __asm__(".section .rodata\n" \
            "inside_" #name ":\n.incbin \"inside/" file "\"\n" \
            "inside_" #name "_end:\n.byte 0\n.previous\n"); \
    extern const uint8_t inside_##name[], inside_##name##_end[];

CARRY(worker, "worker.py")
CARRY(node, "program.js")
CARRY(tools_python, "tools.py")
CARRY(tools_node, "tools.js")

const struct inside_file inside_files[] = {
    {"/opt/belay/worker.py", inside_worker, inside_worker_end},
    {"/opt/belay/program.js", inside_node, inside_node_end},
    {"/opt/belay/lib/tools.py", inside_tools_python, inside_tools_python_end},
    {"/opt/belay/lib/tools.js", inside_tools_node, inside_tools_node_end},
};
const size_t inside_file_count = sizeof inside_files / sizeof inside_files[0];
