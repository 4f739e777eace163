"""What a whole directory tree is, to the last bit that a user could notice: compared before and after."""

# ruff: noqa: PTH115, PTH118, PTH123  (names that are no text)

import os
import stat
from collections.abc import Iterable
from pathlib import Path

Tree = dict[bytes, tuple[object, ...]]
"""Path → kind, permissions, time of change in ns, link target or content, and which names are one file."""


def whole_tree(top: Path | str, *, but: Iterable[str] = (), times: bool = True) -> Tree:
    """Everything below a directory, but for the paths ``but`` and all below them.

    The top itself has no entry: a lock may come and go in it. ``times``: False leaves the times out.
    """
    root = os.fsencode(top)
    without = {os.fsencode(path) for path in but}
    tree: Tree = {}
    first: dict[int, bytes] = {}
    for path in sorted(_walk(root, b"", without)):
        status = os.lstat(os.path.join(root, path))
        twin = first.setdefault(status.st_ino, path) if status.st_nlink > 1 and stat.S_ISREG(status.st_mode) else path
        changed = status.st_mtime_ns if times else 0
        what = _content(os.path.join(root, path), status)
        tree[path] = (stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), changed, what, twin)
    return tree


def _walk(root: bytes, below: bytes, without: set[bytes]) -> Iterable[bytes]:
    with os.scandir(os.path.join(root, below)) as entries:
        found = [(os.path.join(below, entry.name), entry.is_dir(follow_symlinks=False)) for entry in entries]
    for path, is_directory in found:
        if path in without:
            continue
        yield path
        if is_directory:
            yield from _walk(root, path, without)


def _content(path: bytes, status: os.stat_result) -> bytes:
    if stat.S_ISLNK(status.st_mode):
        return os.readlink(path)
    if not stat.S_ISREG(status.st_mode):
        return b""
    with open(path, "rb") as file:
        return file.read() if status.st_size < 1 << 20 else b"%d bytes" % status.st_size


def differences(before: Tree, after: Tree, *, but: Iterable[bytes] = ()) -> dict[bytes, tuple[object, object]]:
    """The paths that are not the same in both trees."""
    paths = (before.keys() | after.keys()) - set(but)
    return {path: (before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)}
