"""Forks a warm interpreter for each program that process 1 asks for.

Descriptor 3 is a socket to process 1. An order is (slot, serial) with the descriptors of directory, input, output, errors and channel; a
report is (kind, slot, serial, pid, value). One fork waits for the next order in advance, with what every program does first done already;
it takes one order and is never anything else's. No code of others runs in this process or in a fork that waits: nothing may look into them.

A fork reads its request from its channel (u32 size, then texts of u32 size: mode, name of the program, assignments of the environment
joined by NUL, code), also when this file is run for one program "alone". Mode "program" runs the code as __main__ and ends. Mode "cells"
keeps one namespace and goes on reading messages (u32 size, 16 bytes of nonce, code); each is answered by the nonce and the exit code, once
all that it printed is written.
"""
import atexit
import builtins
import ctypes
import errno
import fcntl
import gc
import importlib
import io
import linecache
import os
import select
import signal
import site
import socket
import struct
import sys
import threading
import traceback
import types

PRELOADED = (
    "json", "re", "math", "random", "collections", "datetime", "itertools", "functools", "typing", "dataclasses", "enum", "string",
    "pathlib", "subprocess", "time", "copy", "statistics", "decimal", "fractions", "textwrap", "contextlib", "operator", "hashlib",
    "base64", "bisect", "heapq", "csv", "tempfile", "shutil", "glob", "argparse", "logging", "urllib.parse", "inspect", "ast",
    "unittest", "tools",
)
ORDER = struct.Struct("=II")
REPORT = struct.Struct("=IIIii")
TAKEN = struct.Struct("=III")  # pid, slot, serial
STARTED, ENDED, FAILED = 1, 2, 3
DESCRIPTORS = 5
CHANNEL = 3
NONCE = 16
SET_DUMPABLE, SET_CHILD_SUBREAPER = 4, 36

libc = ctypes.CDLL(None)
OWN_PACKAGES = site.getusersitepackages()  # where pip puts what a program installs; the worker itself does not look there


# ---- the worker ----


class Worker:
    def __init__(self):
        libc.prctl(SET_DUMPABLE, 0, 0, 0, 0)
        self.control = socket.socket(fileno=CHANNEL)
        self.wake, woken = pipe()
        self.taken, self.taker = pipe()
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.running = {}  # order by process id
        self.waiting = 0  # the fork that takes the next order

    def serve(self):
        preload()
        self.fork()
        os.write(1, b"ready")
        while True:
            # The next fork is made when the last order's program has had a moment to begin, or has ended, or another order is there.
            watched = [self.wake, self.taken] if self.waiting else [self.wake, self.control]
            ready = select.select(watched, [], [], None if self.waiting else 0.005)[0]
            self.note()
            if self.wake in ready:
                os.read(self.wake, 4096)
                self.reap()
            if not self.waiting and self.taken not in ready and not self.fork() and self.control in ready:
                self.refuse()

    def note(self):
        """Notes which fork has taken which order."""
        try:
            for pid, *order in TAKEN.iter_unpack(os.read(self.taken, 100 * TAKEN.size)):
                self.running[pid] = order
                self.waiting = 0
        except BlockingIOError:
            pass

    def fork(self):
        """Makes the process that waits for the next order; false if there can be none now."""
        try:
            self.waiting = os.fork()
        except OSError:
            return False
        if self.waiting == 0:
            become_program(self.control, self.taker)
        return True

    def refuse(self):
        message, descriptors, _, _ = socket.recv_fds(self.control, ORDER.size, DESCRIPTORS)
        for descriptor in descriptors:
            os.close(descriptor)
        if len(message) != ORDER.size:
            os._exit(0)
        self.control.send(REPORT.pack(FAILED, *ORDER.unpack(message), 0, errno.EAGAIN))

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.note()  # it may have taken an order since
            if os.WIFSTOPPED(status):
                if pid == self.waiting:
                    os.kill(pid, signal.SIGCONT)  # by a program, which has its user
            elif pid in self.running:
                self.control.send(REPORT.pack(ENDED, *self.running.pop(pid), pid, status))
            else:
                os._exit(0)  # what waited for an order has ended: process 1 let go, or a program killed it


def pipe():
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


def preload():
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except Exception:
            pass  # a program that wants it is told
    gc.collect()
    gc.freeze()


# ---- a fork ----


def become_program(control, taker):
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        # What it leaves behind stays below it, so that it can be found.
        libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.environ.clear()
        execute("<nothing>", "pass", {})
        take_order(control, taker)
        code = run_request()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def take_order(control, taker):
    """Waits for an order, and leaves this process with its descriptors and no others."""
    message, descriptors, _, _ = socket.recv_fds(control, ORDER.size, DESCRIPTORS)
    if len(message) != ORDER.size or len(descriptors) != DESCRIPTORS:
        os._exit(0)
    order = ORDER.unpack(message)
    os.write(taker, TAKEN.pack(os.getpid(), *order))
    control.send(REPORT.pack(STARTED, *order, os.getpid(), 0))
    os.fchdir(descriptors[0])
    # All of them are above the places they get, which this process holds already.
    for place, descriptor in enumerate(descriptors[1:]):
        os.dup2(descriptor, place, inheritable=True)
    os.closerange(CHANNEL + 1, max(descriptors) + 1)
    libc.prctl(SET_DUMPABLE, 1, 0, 0, 0)


def run_request():
    mode, name, environment, text = texts(receive(CHANNEL))
    os.environ.clear()
    for each in environment.split("\0"):
        key, _, value = each.partition("=")
        os.environ[key] = value
    namespace = new_main(name)
    sys.stdout.reconfigure(line_buffering=True)
    if mode == "cells":
        return cells(namespace)
    prepare_channel()
    return end(execute(name, text, namespace))


def receive(descriptor):
    """A message of u32 size and bytes; empty at the end."""
    head = exactly(descriptor, 4)
    return exactly(descriptor, struct.unpack(">I", head)[0]) if head else b""


def exactly(descriptor, size):
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, min(size - len(parts), 1 << 20))
        if not part:
            return b""
        parts += part
    return bytes(parts)


def texts(message):
    found, at = [], 0
    while at < len(message):
        size = struct.unpack_from(">I", message, at)[0]
        found.append(message[at + 4 : at + 4 + size].decode("utf-8", "surrogateescape"))
        at += 4 + size
    return found


def new_main(name):
    """A module that is __main__ to everything that looks for it, as pickle does."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __file__=name)
    sys.modules["__main__"] = main
    sys.argv = [name]
    sys.path.remove(PLACE)
    sys.path[:0] = [os.getcwd(), *filter(None, os.environ.get("PYTHONPATH", "").split(":"))]
    if os.path.isdir(OWN_PACKAGES):
        site.addsitedir(OWN_PACKAGES)
    return main.__dict__


def prepare_channel():
    """Keeps the channel for calls of tools, or closes it. Without tools the name belongs to the program's own modules."""
    if os.environ.get("BELAY_TOOLS_FD") != str(CHANNEL):
        sys.modules.pop("tools", None)
        os.close(CHANNEL)


def execute(name, text, namespace):
    """Runs code and returns its exit code as the python command would."""
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    try:
        exec(compile(text, name, "exec", dont_inherit=True), namespace)
        return 0
    except SystemExit as e:
        if e.code is None or isinstance(e.code, int):
            return 0 if e.code is None else e.code & 0xFF
        print(e.code, file=sys.stderr)
        return 1
    except KeyboardInterrupt as e:
        show(e)
        return 130
    except BaseException as e:
        show(e)
        return 1


def show(error):
    """Prints a trace without the frames of this file."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    try:
        if sys.excepthook is sys.__excepthook__:
            traceback.print_exception(type(error), error, trace)
        else:
            sys.excepthook(type(error), error, trace)
    except BaseException:
        pass  # it closed its standard error, or its hook failed


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass  # closed, or replaced by something that is no stream


def end(code):
    """What the end of a python command does, without tearing down what the kernel frees at once anyway."""
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    flush()
    return code


# ---- cells ----


class Interrupts:
    """Turns the signal into a KeyboardInterrupt while a cell runs, and into nothing between cells."""

    def __init__(self):
        self.running = False

    def __call__(self, *_):
        if self.running:
            raise KeyboardInterrupt


def cells(namespace):
    own = os.getpid()
    # Out of the way of programs that close or replace small descriptors.
    try:
        channel = fcntl.fcntl(CHANNEL, fcntl.F_DUPFD_CLOEXEC, 200)
    except OSError:
        channel = os.dup(CHANNEL)
    os.close(CHANNEL)
    sys.modules.pop("tools", None)
    interrupts = Interrupts()
    count = 0
    while True:
        signal.signal(signal.SIGINT, interrupts)
        message = receive(channel)
        if not message:
            return 0
        count += 1
        code = one_cell(f"<cell {count}>", message[NONCE:].decode("utf-8", "surrogateescape"), namespace, interrupts)
        if os.getpid() != own:
            end(code)
            os._exit(code)  # a fork that the cell made and that came to the cell's end
        os.write(channel, struct.pack(">I", NONCE + 4) + message[:NONCE] + struct.pack(">i", code))


def one_cell(name, text, namespace, interrupts):
    code = 130
    try:
        interrupts.running = True
        code = execute(name, text, namespace)
        interrupts.running = False
    except KeyboardInterrupt:
        pass  # it came between the end of the code and the line above
    finally:
        interrupts.running = False
    flush()
    return code


if __name__ == "__main__":
    if sys.argv[1:] == ["alone"]:  # no worker: one program, in this process, which found this file's directory on its path
        PLACE = sys.path[0]
        os._exit(run_request())
    PLACE = "/opt/belay/lib"
    sys.path.insert(0, PLACE)
    Worker().serve()
