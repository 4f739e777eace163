"""Locks whose holders are gone: when a lock is stale, and how one of many takes it away.

A lock is stale if it is older than a minute by the file server's clock, or if its holder ran on this very host and is
known to be gone.
"""

import errno
import os
import re
from contextlib import suppress

from qq.core.names import TEMPORARY_PREFIX

STALE = 60.0
"""Seconds."""
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_MAX_CONTENT = 4096
_UNIQUE = re.compile(rb" ([0-9a-f]{16})\n\Z")


def content_of(unique: str) -> str:
    """What a lock of this process says: who holds it, and the word that its names are made of."""
    return f"{_this_machine()} {os.getpid()} {_start_time(os.getpid())} {unique}\n"


def names_of(directory: str, unique: str) -> tuple[str, str]:
    """The private file that becomes the lock, and the file that its holder writes."""
    start = os.path.join(directory, TEMPORARY_PREFIX)
    return f"{start}lock-{unique}", f"{start}record-{unique}"


def break_if_stale(lock: str, own: int, stale: float) -> bool:
    """Takes a stale lock away; whether it did. ``own``: an open file of ours beside the lock.

    Only who makes the name that goes with the stale content, and finds that content in it, does so. ("Rename away,
    look, put back" loses an update with three writers.)
    """
    from hashlib import blake2b  # few locks are found stale, and it loads all of OpenSSL

    content = _read(lock)
    age = _age(lock, own)
    if content is None or not (age > stale or _holder_is_gone(content)):
        return False
    broken = f"{lock}.broken-{blake2b(content, digest_size=8).hexdigest()}"
    try:
        os.link(lock, broken)
    except FileExistsError:
        _remove_old(broken, own)
        return False
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return _break_without_links(lock, content)
    with suppress(FileNotFoundError):
        try:
            return _unlink_broken(lock, broken, content)
        finally:
            os.unlink(broken)
    return False


def _unlink_broken(lock: str, broken: str, content: bytes) -> bool:
    if _read(broken) != content or os.lstat(broken).st_ino != os.lstat(lock).st_ino:
        return False
    os.unlink(lock)
    _clear_after(lock, content)
    return True


def _break_without_links(lock: str, content: bytes) -> bool:
    """Where there are no hard links: the best that can be done is to look once more."""
    if _read(lock) != content:
        return False
    os.unlink(lock)
    _clear_after(lock, content)
    return True


def _clear_after(lock: str, content: bytes) -> None:
    """What a holder left that died at it."""
    unique = _UNIQUE.search(content)
    if unique:
        for name in names_of(os.path.dirname(lock), unique[1].decode("ascii")):
            with suppress(FileNotFoundError):
                os.unlink(name)


def _remove_old(broken: str, own: int) -> None:
    """The name of a breaker that died at it goes away by age."""
    with suppress(FileNotFoundError):
        if _now(own) - os.lstat(broken).st_ctime > STALE:
            os.unlink(broken)


def _now(own: int) -> float:
    os.utime(own)
    return os.fstat(own).st_mtime


def _age(lock: str, own: int) -> float:
    """Seconds by the file server's clock: a file beside the lock is touched and looked at.

    Our own file is the one that is touched: so a lock is never older than its holder's last look at another's.
    """
    with suppress(FileNotFoundError):
        return _now(own) - os.lstat(lock).st_mtime
    return 0.0


def _read(path: str) -> bytes | None:
    """None: it is gone, or another user's who lets nobody look (then only he can say that it is stale)."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        return os.read(fd, _MAX_CONTENT)
    finally:
        os.close(fd)


def _holder_is_gone(content: bytes) -> bool:
    """Whether the holder ran on this very machine since its last boot, and does not any more."""
    words = content.decode("utf-8", "replace").split()
    if len(words) != 4 or words[0] != _this_machine() or not words[1].isdigit():
        return False
    return _start_time(int(words[1])) != words[2]


def _this_machine() -> str:
    """Host, boot and namespace of pids: within these a pid and its start time name one process. One word."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        return f"{os.uname().nodename}/{boot}/{os.readlink('/proc/self/ns/pid')}".replace(" ", "_")
    except OSError:
        return f"{os.uname().nodename}/{os.urandom(8).hex()}"  # equal to nobody's: only age counts then


def _start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat (proc(5)); a zombie is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return "-" if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return "-"
