"""Runs one rsync: its list comes from a file, its progress is told, and only silence ends it, never its length.

Silence is when neither rsync's output nor what its processes read and write grows; ssh's own signs of life don't count.
"""

import contextlib
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import IO

from msgspec import Struct

from qq.core.result import Failure, Result, Success
from qq.core.rsync import VANISHED, Progress, missing_rsync, progress_in, rsync_trouble, silent, tells
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.failing import named, trouble_of
from qq.shell.perform.watch import Watch

_SLICE = 0.05
_LOOK = 0.5
_PIECE = 1 << 16
_END_SECONDS = 3.0
_LAST_WORDS = 2.0


class Transfer(Struct, frozen=True, kw_only=True):
    """What is to be run. ``host``: the other one; ``doing``: for errors, ``can't copy …``; ``silence``: seconds."""

    argv: Sequence[bytes]
    names: bytes
    host: str
    doing: str
    silence: float
    vanished_ok: bool = False
    tell: bool = True
    """Its output is progress, not an answer."""


class _State(Struct):
    printed: bytearray
    progress: Progress = Progress(0, 0)
    moved: int = -1
    heard: float = 0.0
    look_at: float = 0.0


def transfer(what: Transfer, watch: Watch) -> Result[bytes, Trouble]:
    """Runs it; gives what it printed. Interrupted or silent, it is told to end, and keeps what it has for next time."""
    with tempfile.TemporaryFile(prefix="qq-") as said, tempfile.TemporaryFile(prefix="qq-") as names:
        try:
            names.write(what.names)
            names.seek(0)
        except OSError as error:
            return Failure(trouble_of(error, "can't write a list of files to copy"))
        try:
            process = subprocess.Popen(what.argv, stdin=names, stdout=subprocess.PIPE, stderr=said, bufsize=0)
        except FileNotFoundError:
            return Failure(missing_rsync(os.uname().nodename))
        except OSError as error:
            return Failure(trouble_of(error, f"{named(what.argv[0])} can't be started"))
        with contextlib.closing(_output(process)):
            return _followed(what, process, said, watch)


def _output(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdout is not None  # it is a pipe
    return process.stdout


def _followed(
    what: Transfer, process: "subprocess.Popen[bytes]", said: IO[bytes], watch: Watch
) -> Result[bytes, Trouble]:
    state = _State(bytearray(), heard=time.monotonic())
    try:
        trouble = _follow(what, process, state, watch)
    finally:
        code = _ended(process)
    if trouble is not None:
        return Failure(trouble)
    if code == 0 or (code == VANISHED and what.vanished_ok):
        return Success(bytes(state.printed))
    return Failure(rsync_trouble(abs(code), _words(said), what.host, what.doing))


def _words(said: IO[bytes]) -> str:
    """What it said. The other host's words come through ssh, and may do so a moment after rsync's own end."""
    until = time.monotonic() + _LAST_WORDS
    while True:
        said.seek(0)
        words = os.fsdecode(said.read(_PIECE))
        if tells(words) or time.monotonic() > until:
            return words
        time.sleep(_SLICE / 5)


def _follow(what: Transfer, process: "subprocess.Popen[bytes]", state: _State, watch: Watch) -> Trouble | None:
    """Until its output and then itself end; why it has to be ended before."""
    fd = _output(process).fileno()
    os.set_blocking(fd, False)
    closed = select.poll()
    closed.register(fd, 0)
    talks = True
    while True:
        if watch.interrupted():
            return Trouble(Reason.INTERRUPTED, "interrupted by a signal")
        if talks:
            closed.poll(_SLICE * 1000)  # not for each of its words: it tells of every file
            talks = _hear(what, fd, state, watch)
        elif _has_ended(process):
            return None
        if _is_silent(process.pid, state, what.silence):
            return silent(what.silence, what.host, what.doing)


def _hear(what: Transfer, fd: int, state: _State, watch: Watch) -> bool:
    """Takes what it has printed meanwhile; False: it prints no more."""
    try:
        data = os.read(fd, _PIECE)
    except BlockingIOError:
        return True
    state.heard = time.monotonic()
    _heard(what, state, data, watch)
    return bool(data)


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it has, or does within a moment: on a busy machine that takes longer than one would think."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_SLICE)
    return process.returncode is not None


def _heard(what: Transfer, state: _State, data: bytes, watch: Watch) -> None:
    state.printed += data
    if not what.tell:
        return
    *lines, rest = bytes(state.printed).replace(b"\n", b"\r").split(b"\r")
    state.printed = bytearray(rest)
    before = now = state.progress
    for line in lines:
        now = progress_in(line, now)
    if now != before:
        watch.progress(max(0, now.bytes - before.bytes), max(0, now.files - before.files))
        state.progress = now


def _is_silent(pid: int, state: _State, seconds: float) -> bool:
    now = time.monotonic()
    if now >= state.look_at:
        state.look_at = now + _LOOK
        moved = sum(_moved_by(pid))
        if moved != state.moved:
            state.moved, state.heard = moved, now
    return now - state.heard > seconds


def _moved_by(pid: int) -> Iterator[int]:
    """Bytes read and written by rsync and its own forks so far; where nobody may know that, only its output counts."""
    with contextlib.suppress(OSError, ValueError):
        program = os.readlink(f"/proc/{pid}/exe")
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(word) for word in file.read().split()]
        for each in (pid, *children):
            with contextlib.suppress(OSError, ValueError):
                if os.readlink(f"/proc/{each}/exe") == program:
                    with open(f"/proc/{each}/io", encoding="ascii") as file:
                        yield from (int(line.split()[1]) for line in file if line.startswith(("rchar", "wchar")))


def _ended(process: "subprocess.Popen[bytes]") -> int:
    """Its exit code. Whoever still runs by now gets TERM, on which rsync keeps what it has, then KILL."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
