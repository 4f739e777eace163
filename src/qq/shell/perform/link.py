"""An open connection to qq on another host: lines are sent and received, each within its time."""

import os
import select
import subprocess
import time
from collections.abc import Callable
from typing import IO

from msgspec import Struct, field

from qq.core.ssh import unreachable
from qq.core.troubles import Reason, Trouble

END_SECONDS = 2.0
"""How long what ended may take to be gone."""
_SLICE = 0.1
_PIECE = 1 << 16


class LostError(Exception):
    """The connection is not there any more, or was never made."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


class Link(Struct):
    """An open connection. ``said``: where its stderr goes; ``shell``: the words of ssh that share it."""

    host: str
    process: "subprocess.Popen[bytes]"
    said: IO[bytes]
    shell: tuple[str, ...]
    greeted: bool = False
    """Whether qq has answered there."""
    rsync: bool = False
    """Whether rsync is found there."""
    version: str = ""
    ahead: float | None = None
    """Seconds that the clock there shows more than ours, less the time that the greeting took to arrive."""
    received: bytearray = field(default_factory=bytearray)
    looked: int = 0
    """How much of ``received`` is known to hold no end of a line."""


class Limits(Struct, frozen=True):
    """Until when something has to come (monotonic seconds), or how long nothing may."""

    silence: float
    until: float | None = None


def stream_of(stream: IO[bytes] | None) -> IO[bytes]:
    """One end of the connection: both are pipes, so both are there."""
    assert stream is not None
    return stream


def send(link: Link, data: bytes, until: float | None) -> None:
    """Sends it whole, or raises LostError: nobody takes it, or not until then (monotonic seconds)."""
    fd = stream_of(link.process.stdin).fileno()
    view = memoryview(data)
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    while view:
        if until is not None and time.monotonic() > until:
            raise LostError(_silent(link))
        try:
            view = view[os.write(fd, view[:_PIECE]) :]
        except BlockingIOError:
            poll.poll(_SLICE * 1000)
        except OSError as error:
            raise LostError(_why(link)) from error


def line_of(link: Link, limits: Limits, interrupted: Callable[[], bool]) -> bytes | None:
    """The next line; None: interrupted before it came. Raises LostError."""
    heard = time.monotonic()
    fd = stream_of(link.process.stdout).fileno()
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    while True:
        line = _taken(link)
        if line is not None:
            return line
        if interrupted():
            return None
        now = time.monotonic()
        if now - heard > limits.silence or (limits.until is not None and now > limits.until):
            raise LostError(_silent(link))
        if poll.poll(_SLICE * 1000):
            data = os.read(fd, _PIECE)
            if not data:
                raise LostError(_why(link))
            link.received += data
            heard = time.monotonic()


def _taken(link: Link) -> bytes | None:
    end = link.received.find(b"\n", link.looked)
    if end < 0:
        link.looked = len(link.received)
        return None
    line = bytes(link.received[:end])
    del link.received[: end + 1]
    link.looked = 0
    return line


def _silent(link: Link) -> Trouble:
    return Trouble(Reason.HOST_UNREACHABLE, f"{link.host} does not answer", transient=True)


def _why(link: Link) -> Trouble:
    """Why a connection has ended, from what ssh said."""
    try:
        code: int | None = link.process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        code = None
    link.said.seek(0)
    return unreachable(link.host, os.fsdecode(link.said.read(_PIECE)), code)
