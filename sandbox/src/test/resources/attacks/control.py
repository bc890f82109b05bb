"""Runs a case as a plain user without any sandbox: control.py PROBE_DIRECTORY CODE_FILE PORT SOCKET.

Started by root in a network namespace of its own, so that nothing it tries leaves the machine or reaches what runs on it.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

probe, code, port, name = sys.argv[1:]
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket() as loopback:
    fcntl.ioctl(loopback, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
listening = socket.socket()
listening.bind(("127.0.0.1", int(port)))
listening.listen()
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0" + name)
abstract.listen()
result = subprocess.run(
    ["/usr/bin/python3", "-c", "import sys; sys.path.insert(0, %r)\nfrom probe import *\n%s" % (probe, open(code).read())],
    user=65534, group=65534, extra_groups=[], env={"PATH": "/usr/bin:/bin"}, cwd="/", stdin=subprocess.DEVNULL, timeout=20,
)
sys.exit(result.returncode)
