"""Processes of this machine: who they are, who came from whom, and how all of a job's are ended.

A process is known by its number, its start time and the boot (DESIGN, "Batch systems"): numbers come back. A zombie is
not alive.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

_LOOKS = 20
"""So often who came meanwhile is looked for; whoever is faster is ended with KILL later."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


class Identity(Struct, frozen=True):
    """One process for ever. ``ticks``: field 22 of /proc/PID/stat."""

    pid: int
    ticks: int
    boot: str


class _Stat(NamedTuple):
    state: str
    ppid: int
    ticks: int


def boot_id() -> str:
    """Changes with every boot."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def _stat(pid: int) -> _Stat | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    fields = text[text.rfind(b")") + 2 :].split()  # the name may hold blanks and parentheses
    return _Stat(fields[0].decode(), int(fields[1]), int(fields[19])) if len(fields) > 19 else None


def identity(pid: int) -> Identity | None:
    """Who a living process is; None: it is gone, or a zombie."""
    stat = _stat(pid)
    return Identity(pid, stat.ticks, boot_id()) if stat and stat.state not in "ZX" else None


def alive(known: Identity) -> bool:
    """Whether this very process still runs."""
    return identity(known.pid) == known


def open_pidfd(known: Identity) -> int | None:
    """A pidfd of this very process; None: it is gone."""
    try:
        fd = os.pidfd_open(known.pid)
    except OSError:
        return None
    if alive(known):
        return fd
    os.close(fd)
    return None


def send(known: Identity, number: signal.Signals) -> bool:
    """Signals this very process; False: it is gone."""
    fd = open_pidfd(known)
    if fd is None:
        return False
    try:
        signal.pidfd_send_signal(fd, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(fd)
    return True


def ancestors() -> Iterator[int]:
    """The processes that this one came from, nearest first."""
    pid = os.getppid()
    while pid > 1:
        yield pid
        stat = _stat(pid)
        pid = stat.ppid if stat else 0


def age(pid: int) -> float:
    """For how many seconds a process has lived; 0 if it is gone."""
    stat = _stat(pid)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - stat.ticks / os.sysconf("SC_CLK_TCK") if stat else 0.0


def children(pid: int) -> list[int]:
    """The direct children of a process, zombies included."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found.extend(map(int, file.read().split()))
    except FileNotFoundError:
        if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):  # a kernel without them
            return [each for each in _all() if (stat := _stat(each)) and stat.ppid == pid]
    except OSError:
        pass
    return found


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def descendants(roots: Iterable[int]) -> list[int]:
    """All that came from these processes, parents first, the processes themselves not included."""
    found: list[int] = []
    layer = [child for root in roots for child in children(root)]
    while layer:
        found.extend(layer)
        layer = [child for pid in layer for child in children(pid)]
    return found


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    """Signals each; who is gone is gone. Who was stopped goes on, so that it hears."""
    for pid in pids:
        try:
            os.kill(pid, number)
            if number is signal.SIGTERM:
                os.kill(pid, signal.SIGCONT)
        except (ProcessLookupError, PermissionError):
            continue


def terminate_descendants(told: set[int], wanted: Callable[[int], bool] = lambda _pid: True) -> None:
    """TERM to all that came from this process, a subreaper, and is wanted: to each once. ``told``: who has had it.

    Who becomes our child in the middle of a look, because its parent ends right then, is seen in the next one.
    """
    for _ in range(_LOOKS):
        fresh = [pid for pid in descendants([os.getpid()]) if pid not in told and wanted(pid)]
        if not fresh:
            return
        told.update(fresh)
        signal_all(fresh, signal.SIGTERM)


def marked(*marks: bytes) -> list[int]:
    """The user's processes that were started with all of these in their environment (``NAME=value``)."""
    found: list[int] = []
    for pid in _all():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                names = set(file.read().split(b"\0"))
        except OSError:
            continue
        if pid != os.getpid() and names.issuperset(marks):
            found.append(pid)
    return found


def become_subreaper() -> None:
    """From now on, what this process's descendants leave behind becomes its child: prctl(2), PR_SET_CHILD_SUBREAPER."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """Get this signal when the parent dies (prctl(2), PR_SET_PDEATHSIG), also if it has died already."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def _prctl(option: int, value: int) -> None:
    import ctypes  # only processes of the queue need it: commands start without

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), "prctl")


def reap() -> tuple[dict[int, int], bool]:
    """Exit codes of the children that have ended (128 + N for signal N), and whether there are others; doesn't wait."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended, False
        if pid == 0:
            return ended, True
        code = os.waitstatus_to_exitcode(status)
        ended[pid] = code if code >= 0 else 128 - code
