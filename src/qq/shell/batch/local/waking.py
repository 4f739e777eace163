"""How a supervisor is woken, found and started. There is at most one per state directory.

The lock is a POSIX one: children don't inherit it, and the kernel takes it back from whoever dies. Each process must
open the lock's file no more than once at a time, since closing any descriptor of it gives the lock back.
"""

import errno
import fcntl
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

from msgspec import Struct

import qq
from qq._version import VERSION
from qq.shell.batch.local.places import Places

_FLOCK = "hhqqi4x"  # struct flock: l_type, l_whence, l_start, l_len, l_pid
LOOK, END = b"l", b"e"
TOLD = 3
"""The descriptor of a new supervisor that is closed when it listens, or gives up."""
MODULE = "qq.shell.batch.local.supervisor"
_START = f"""\
import sys
home, *path = sys.argv[3:]
sys.path.insert(0, home)
import qq
del sys.path[0]
sys.path += [each for each in path if each not in sys.path]
from {MODULE} import main
sys.exit(main(sys.argv[1:3]))
"""
"""What Python is to run: this very qq, which may lie where that Python would not look (in a program of one file)."""


class Starting(Struct, frozen=True):
    """A supervisor on its way: who forks it, and a descriptor that becomes readable when it listens or has given up."""

    pid: int
    listen: int


def wake(places: Places, word: bytes = LOOK) -> bool:
    """Tells the supervisor to look (or to end); False: nobody listens."""
    try:
        fd = os.open(places.fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT):
            return False
        raise
    try:
        os.write(fd, word)
    except BlockingIOError:
        pass  # it is full of words that nobody has read yet: it will look all the same
    except BrokenPipeError:
        return False
    finally:
        os.close(fd)
    return True


def wake_own(places: Places) -> bool:
    """Whether a supervisor of this version was woken. One that begins or ends is waited for: that takes no time."""
    for _ in range(100):
        there = holder(places)
        if there is None or there[1] not in (VERSION, ""):
            return False
        if wake(places):
            return True
        time.sleep(0.001)
    return False


def listen(places: Places) -> int:
    """Opens the FIFO, which is made if missing, to be woken by; never at its end, since it is open for writing too."""
    with suppress(FileExistsError):
        os.mkfifo(places.fifo, 0o600)
    return os.open(places.fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def take_lock(places: Places) -> int | None:
    """Becomes the supervisor: a descriptor to be kept open for life; None: there is one."""
    fd = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return None
        raise
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()} {VERSION}".encode(), 0)
    return fd


def holder(places: Places) -> tuple[int, str] | None:
    """The process that is the supervisor, and its version; None: there is none. Not for the supervisor itself.

    The version is empty for the moment in which it has the lock and has not said so yet.
    """
    try:
        fd = os.open(places.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        asked = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(fd, fcntl.F_GETLK, asked))
        whose, _, version = os.pread(fd, 100, 0).decode("utf-8", "replace").partition(" ")
    finally:
        os.close(fd)
    if kind == fcntl.F_UNLCK:
        return None
    return pid, version if whose == str(pid) else ""


def spawn(places: Places, environ: Mapping[str, str], *, linger: float) -> Starting:
    """Starts a supervisor. ``-P``: a directory ``qq`` where the user happens to be is not the program.

    What Python itself finds comes before the rest of our path: a ``random.py`` beside a notebook is not meant either.
    """
    home, path = os.path.dirname(os.path.abspath(qq.__path__[0])), filter(os.path.isabs, sys.path)
    argv = [sys.executable, "-P", "-c", _START, places.directory, str(linger), home, *path]
    environ = {name: value for name, value in environ.items() if not name.startswith("QQ_") or name == "QQ_DEBUG"}
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    ignored = [signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD]
    listen, told = os.pipe()
    try:
        actions = [*null, (os.POSIX_SPAWN_DUP2, told, TOLD)]
        pid = os.posix_spawn(
            sys.executable, argv, environ, file_actions=actions, setsid=True, setsigmask=[], setsigdef=ignored
        )
    finally:
        os.close(told)
    return Starting(pid, listen)


def still_starting(starting: Starting) -> bool:
    """Whether it has neither begun to listen nor given up; once this is False it must not be asked again."""
    poll = select.poll()
    poll.register(starting.listen, select.POLLIN)
    if not poll.poll(0):
        return True
    forget(starting)
    return False


def forget(starting: Starting) -> None:
    """Nobody is interested in it any more."""
    os.close(starting.listen)
    with suppress(ChildProcessError):
        os.waitpid(starting.pid, 0)  # it has forked, or will in no time, and ends with that
