"""Real trees for tests: built, looked at, compared."""

import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from qq.core.changes import several_names
from qq.core.effects import Copy, Guard, Location, Place, VerifyCopy
from qq.core.listing import Listing
from qq.core.moments import Placed, Verified
from qq.core.result import Result, failed
from qq.core.troubles import Trouble
from qq.shell.perform.copy import copy
from qq.shell.perform.listing import list_tree
from qq.shell.perform.place import place
from qq.shell.perform.verify import verify
from qq.shell.perform.watch import Watch

T = TypeVar("T")

NOTHING = Listing()
TOKEN = "0123456789abcdef"
HOSTILE = [
    b"with blank",
    b"\"quotes\" and 'more'",
    b"$HOME `id` $(id);&|",
    b"new\nline",
    b"-rf",
    b"--help",
    b"#hash",
    b"*?[a]\\",
    b"not \xff\xfe text",
    "dvořák".encode(),
    b"x" * 255,
    b"\x01\x7f",
    b"~",
    b"...",
]


def granted(result: Result[T, Trouble]) -> T:
    """The value; a trouble fails the test with its words."""
    trouble = failed(result)
    assert trouble is None, f"{trouble.reason.name}: {trouble.words}"
    return result.unwrap()


def refused(result: Result[T, Trouble]) -> Trouble:
    """The trouble; a value fails the test."""
    trouble = failed(result)
    assert trouble is not None, f"it worked: {result.unwrap()}"
    return trouble


def listed(directory: Path) -> Listing:
    """What stands below a directory that exists."""
    listing = list_tree(os.fsencode(directory))
    assert listing is not None
    return listing


def names_in(directory: Path) -> list[str]:
    """Sorted."""
    return sorted(path.name for path in directory.iterdir())


def whole_tree(root: Path) -> Path:
    """A directory with everything in it that can have a name."""
    root.mkdir(exist_ok=True)
    for number, name in enumerate(HOSTILE):
        (root / os.fsdecode(name)).write_bytes(name * number)
    (root / "empty").touch()
    (root / "big").write_bytes(os.urandom(700_000))
    (root / "dir" / "below" / "deeper").mkdir(parents=True)
    (root / "dir" / "below" / "file").write_text("x")
    (root / "dir" / "empty dir").mkdir()
    (root / "dangling").symlink_to("nowhere")
    (root / "absolute").symlink_to("/etc/hostname")
    (root / "to dir").symlink_to("dir")
    (root / "loop").symlink_to("loop")
    (root / "dir" / "up").symlink_to("..")
    os.link(root / "big", root / "dir" / "second name")
    os.mkfifo(root / "fifo", 0o640)
    a_socket(root / "socket")
    (root / "script").write_text("#!/bin/sh\n")
    (root / "script").chmod(0o755)
    (root / "setuid").write_text("s")
    (root / "setuid").chmod(0o4750)
    (root / "secret").write_text("s")
    (root / "secret").chmod(0o600)
    (root / "read-only").mkdir()
    (root / "read-only" / "inside").write_text("r")
    (root / "read-only").chmod(0o555)
    os.utime(root / "dir" / "below", ns=(1, 1_600_000_000_123_456_789))
    os.utime(root / "empty", ns=(2, 1_500_000_000_987_654_321))
    os.utime(root / "dangling", ns=(2, 1_400_000_000_000_000_001), follow_symlinks=False)
    return root


def a_socket(path: Path) -> None:
    """A socket with this name, whatever its length."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


def picture(root: Path) -> Mapping[bytes, tuple[object, ...]]:
    """Everything that has to arrive: kind, mode, time, content or target, and which names are one file."""
    entries = listed(root)
    groups: dict[int, bytes] = {}
    several = several_names(entries)
    seen: dict[bytes, tuple[object, ...]] = {}
    for entry in entries:
        path = root / os.fsdecode(entry.path)
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else entry.target
        twin = groups.setdefault(entry.inode, entry.path) if entry.inode in several else b""
        seen[entry.path] = (entry.kind, stat.S_IMODE(status.st_mode), status.st_mtime_ns, content, twin)
    return seen


def guard_for(directory: Path) -> Guard:
    """Looked at only before something is moved aside."""
    return Guard(Location(str(directory / "job.qqinfo")), TOKEN, 1)


def copied(src: Path, dst: Path, entries: Listing | None = None, *, may_link: bool = False) -> Verified:
    """Copied and verified."""
    chosen = listed(src) if entries is None else entries
    source, target = Location(str(src)), Location(str(dst))
    granted(copy(Copy(source, target, chosen, may_link=may_link), Watch()))
    return granted(verify(VerifyCopy(source, target, chosen), Watch()))


def a_place(
    staging: Path,
    dst: Path,
    entries: Listing,
    *,
    before: Listing = NOTHING,
    synced: Listing = NOTHING,
    always: frozenset[bytes] = frozenset(),
    keep: frozenset[bytes] = frozenset(),
) -> Place:
    """A placing of job ``run``, id ``7.local``."""
    return Place(
        staging=Location(str(staging)),
        dst=Location(str(dst)),
        entries=entries,
        before=before,
        synced=synced,
        aside="run-7.local",
        guard=guard_for(dst),
        always=always,
        keep=keep,
    )


def delivered(src: Path, dst: Path, entries: Listing | None = None, *, before: Listing = NOTHING) -> Placed:
    """Copied, verified and placed."""
    chosen = listed(src) if entries is None else entries
    staging = dst / f".qq-{TOKEN}"
    copied(src, staging, chosen)
    return granted(place(a_place(staging, dst, chosen, before=before), Watch()))
