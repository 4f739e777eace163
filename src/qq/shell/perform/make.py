"""Directories, empty files, and runtime files on their way into the archive."""

import errno
import os
from contextlib import suppress

from qq.core.effects import Create, MakeDir, MoveRuntime
from qq.core.moments import Ok
from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import to_bytes
from qq.core.result import Result
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.content import copy_file
from qq.shell.perform.descent import Descent
from qq.shell.perform.failing import answered, go_on, halt, named
from qq.shell.perform.libc import sync
from qq.shell.perform.lock import directory_lock
from qq.shell.perform.renaming import rename_new
from qq.shell.perform.watch import Watch

_MOVING = to_bytes(f"{TEMPORARY_PREFIX}moving")


def make_dir(effect: MakeDir, _watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``MakeDir``."""
    path = to_bytes(effect.at.path)

    def work() -> Ok:
        try:
            os.makedirs(path, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            halt(Reason.PLACE_TAKEN, f"{named(_lowest(path))} is in the way: a directory has to go there")
        if effect.fresh and os.listdir(path):
            halt(Reason.PLACE_TAKEN, f"{named(path)} is there already, and is not empty")
        return Ok()

    return answered(work, f"can't make the directory {named(path)}")


def _lowest(path: bytes) -> bytes:
    """What there is of a path."""
    while path and not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def create(effect: Create, _watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``Create``."""
    path = to_bytes(effect.at.path)

    def work() -> Ok:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        return Ok()

    return answered(work, f"can't create {named(path)}")


def move_runtime(effect: MoveRuntime, watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``MoveRuntime``: in order, so that what comes last (the record) is the last to go.

    Under the lock: who writes that record just now (a recovery, its link) would else put it back under its old name.
    """
    root = to_bytes(effect.directory.path)

    def work() -> Ok:
        with directory_lock(effect.directory.path, give_up=watch.interrupted), Descent(root) as directory:
            for name, candidates in effect.moves:
                go_on(watch)
                _move(directory.at(b""), root, to_bytes(name), [to_bytes(each) for each in candidates], watch)
        return Ok()

    return answered(work, f"can't move runtime files of {named(root)}")


def _move(directory: int, root: bytes, name: bytes, candidates: list[bytes], watch: Watch) -> None:
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return
    for candidate in candidates:
        if _is_same(os.path.join(root, candidate), status):
            os.unlink(name, dir_fd=directory)  # a link was made, and then came the end
            return
        if _moved(directory, name, os.path.join(root, candidate), watch):
            return
    words = f"{named(os.path.join(root, name))} can't be moved: {named(candidates[-1])} is there already"
    halt(Reason.PLACE_TAKEN, words)


def _is_same(path: bytes, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.lstat(path), status)
    except FileNotFoundError:
        return False


def _moved(directory: int, name: bytes, target: bytes, watch: Watch) -> bool:
    """Whether the new name was free; it has the file then."""
    parent, new = os.path.split(target)
    with Descent(parent) as archive:
        try:
            rename_new(directory, name, archive.at(b""), new)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return _carried(directory, name, archive.at(b""), new, watch)
    return True


def _carried(directory: int, name: bytes, archive: int, new: bytes, watch: Watch) -> bool:
    """To another file system (an archive may be a link to elsewhere): copied, on disk, renamed, only then removed."""
    copy_file(directory, name, archive, _MOVING, lambda _count: go_on(watch))
    sync(archive, watch)
    try:
        rename_new(archive, _MOVING, archive, new)
    except FileExistsError:
        os.unlink(_MOVING, dir_fd=archive)
        return False
    os.unlink(name, dir_fd=directory)
    return True
