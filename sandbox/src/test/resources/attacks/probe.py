"""What every Python case imports: system calls by name, and verdicts printed in one form.

A verdict is "REFUSED <errno>", "REFUSED signal <n>", or "ESCAPED". Nothing here needs a compiler.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import platform
import signal
import socket
import struct
import sys
import time

_X86_64 = dict(
    open=2, getpid=39, ioctl=16, creat=85, mkdir=83, chmod=90, fchmod=91, unshare=272, clone=56, clone3=435, setns=308,
    mount=165, umount2=166, fsopen=430, open_tree=428, move_mount=429, pivot_root=155, chroot=161, ptrace=101,
    process_vm_readv=310, pidfd_open=434, pidfd_getfd=438, bpf=321, perf_event_open=298, userfaultfd=323, io_uring_setup=425,
    add_key=248, open_by_handle_at=304, init_module=175, kexec_load=246, reboot=169, settimeofday=164, sethostname=170,
    syslog=103, modify_ldt=154, personality=135, fanotify_init=300, quotactl=179, mknod=133, mknodat=259, mkdirat=258,
    openat=257, openat2=437, fchmodat=268, fchmodat2=452, setuid=105, setgroups=116, mlockall=151,
)
_AARCH64 = dict(
    getpid=172, ioctl=29, fchmod=52, unshare=97, clone=220, clone3=435, setns=268, mount=40, umount2=39, fsopen=430,
    open_tree=428, move_mount=429, pivot_root=41, chroot=51, ptrace=117, process_vm_readv=270, pidfd_open=434, pidfd_getfd=438,
    bpf=280, perf_event_open=241, userfaultfd=282, io_uring_setup=425, add_key=217, open_by_handle_at=265, init_module=105,
    kexec_load=104, reboot=142, settimeofday=170, sethostname=161, syslog=116, personality=92, fanotify_init=262, quotactl=60,
    mknodat=33, mkdirat=34, openat=56, openat2=437, fchmodat=53, fchmodat2=452, setuid=146, setgroups=159, mlockall=230,
)


class _Numbers:
    """System call numbers of this machine: nr.mount."""

    def __init__(self, table):
        self.__dict__.update(table)


nr = _Numbers({"x86_64": _X86_64, "aarch64": _AARCH64}[platform.machine()])

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def syscall(number, *arguments):
    """Returns (result, errno). Bytes are passed as pointers."""
    ctypes.set_errno(0)
    converted = [ctypes.c_char_p(a) if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments]
    result = _libc.syscall(ctypes.c_long(number), *converted)
    return result, ctypes.get_errno()


def refused(number):
    print("REFUSED", errno.errorcode.get(number, number), flush=True)


def escaped():
    print("ESCAPED", flush=True)


def call(number, *arguments):
    """Makes a system call that must be refused."""
    result, error = syscall(number, *arguments)
    if result < 0:
        refused(error)
    else:
        escaped()


def attempt(action):
    """Does something that must be refused."""
    try:
        action()
    except OSError as error:
        refused(error.errno)
    else:
        escaped()


def forked(action):
    """Does something in a child that the filter may kill: then its death is the verdict."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except OSError as error:
            refused(error.errno)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print("REFUSED signal", os.WTERMSIG(status), flush=True)
