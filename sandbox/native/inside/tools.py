"""Calls functions that live outside of the sandbox: ``from tools import add; add(5, 3)`` gives 8.

Arguments and results are JSON values with their types. Any name is a function; one that does not exist raises ToolError when it is called,
as does a function that fails. Calls from several threads run side by side. Works in programs that were started with tools, alone.
"""
import json as _json
import os as _os
import socket as _socket
import struct as _struct
import threading as _threading

__all__ = ["ToolError", "call"]
_MOST_AT_ONCE = 64
_LARGEST = 1 << 20


class ToolError(Exception):
    """A call that failed. ``retryable``: the same call may work later."""

    def __init__(self, name, message, retryable=False):
        super().__init__(message)
        self.name = name
        self.message = message
        self.retryable = retryable


class _Connection:
    """Writers take turns; whoever waits first reads the answers of all."""

    def __init__(self, descriptor):
        self.socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, fileno=descriptor)
        self.slots = _threading.BoundedSemaphore(_MOST_AT_ONCE)
        self.sending = _threading.Lock()
        self.changed = _threading.Condition()
        self.reading = False
        self.answers = {}
        self.last = 0
        self.received = bytearray()

    def call(self, name, args, kwargs):
        arguments = _json.dumps({"args": args, "kwargs": kwargs}, separators=(",", ":"), allow_nan=False).encode()
        if len(arguments) > _LARGEST:
            raise ToolError(name, f"the arguments of {name} are longer than {_LARGEST} bytes")
        encoded = name.encode()
        with self.slots:
            with self.sending:
                self.last += 1
                number = self.last
                head = _struct.pack(">III", 8 + len(encoded) + len(arguments), number, len(encoded))
                try:
                    self.socket.sendall(head + encoded + arguments)
                except BaseException:
                    self.socket.shutdown(_socket.SHUT_WR)  # half a call may be on its way: nothing can follow it
                    raise
            status, payload = self.answer(number)
        if status:
            raise ToolError(name, payload.decode("utf-8", "replace"), status == 2)
        return _json.loads(payload)

    def answer(self, number):
        with self.changed:
            while number not in self.answers:
                if self.reading:
                    self.changed.wait()
                    continue
                self.reading = True
                self.changed.release()
                try:
                    got = self.read()
                finally:
                    self.changed.acquire()
                    self.reading = False
                    self.changed.notify_all()
                self.answers[got[0]] = got[1:]
            return self.answers.pop(number)

    def read(self):
        """One answer. An interrupt leaves what has arrived for the next reader."""
        while len(self.received) < 4 or len(self.received) < 4 + _struct.unpack_from(">I", self.received)[0]:
            part = self.socket.recv(65536)
            if not part:
                raise ToolError("", "the connection to the tools has ended")
            self.received += part
        end = 4 + _struct.unpack_from(">I", self.received)[0]
        number, status = _struct.unpack_from(">IB", self.received, 4)
        payload = bytes(self.received[9:end])
        del self.received[:end]
        return number, status, payload


_opening = _threading.Lock()
_opened = None


def _connection():
    global _opened
    with _opening:
        if _opened is None or _opened[0] != _os.getpid():
            if _opened is not None:
                raise ToolError("", "a fork cannot call the tools of its parent")
            number = _os.environ.get("BELAY_TOOLS_FD")
            if number is None:
                raise ToolError("", "this program was started without tools")
            _opened = (_os.getpid(), _Connection(int(number)))
        return _opened[1]


def call(name, *args, **kwargs):
    """Calls the tool of that name."""
    return _connection().call(name, args, kwargs)


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)

    def tool(*args, **kwargs):
        return call(name, *args, **kwargs)

    tool.__name__ = tool.__qualname__ = name
    return tool
