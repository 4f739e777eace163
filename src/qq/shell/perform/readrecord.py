"""The record on disk, read with care: a regular file or a link to one, the user's own, of bounded size, no waits."""

import os
import stat
from typing import TYPE_CHECKING

from msgspec import Struct

from qq.core.records.infofile import COMMENT, job_from_tree
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Faults, Result, Success, fault
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.failing import named
from qq.shell.perform.yamltext import MAX_BYTES, tree_from_text

if TYPE_CHECKING:
    from qq.core.records.version import Version

MAX_FAULTS = 3
"""How many of a file's faults are told; the rest is counted."""


class Found(Struct, frozen=True):
    """A record as it stands on disk."""

    job: JobInfo
    text: bytes

    @property
    def version(self) -> "Version":
        """What a writer has to find unchanged."""
        return version_of(self.job, self.text)


def read_record(path: str, user: str | None = None) -> "Result[tuple[JobInfo, Version], Trouble]":
    """The record in this file, which must be this process's user's own, and its version.

    ``user``: whose job it must be. Reason ``NO_SUCH_FILE``: there is none; any other: there is something that can't be
    read or is no record.
    """
    return found_at(path, user).map(lambda found: (found.job, found.version))


def found_at(path: str, user: str | None = None) -> Result[Found, Trouble]:
    """As ``read_record``, with the text."""
    return content_of(path).bind(lambda text: _parsed(path, text, user))


def version_of(job: JobInfo, text: bytes) -> "Version":
    """What identifies this text of this record."""
    from hashlib import blake2b  # only who writes needs it, and it loads all of OpenSSL

    from qq.core.records.version import Version

    return Version(job.token, job.attempt, blake2b(text, digest_size=16).hexdigest())


def job_in(text: bytes) -> Result[JobInfo, Faults]:
    """The job that this is the record of, or all that is wrong with it."""
    if not text.strip():
        return fault("", "it is empty")
    tree = tree_from_text(text)
    read = tree.bind(job_from_tree)
    if not isinstance(read, Failure) and _cut_off(text, tree.unwrap()):
        return fault("", "its end is missing")
    return read


def wrong_with(faults: Faults) -> str:
    """All that is wrong, in one line."""
    told = "; ".join(str(one) for one in faults[:MAX_FAULTS])
    more = len(faults) - MAX_FAULTS
    return named(f"{told}; and {more} more" if more > 0 else told)


def content_of(path: str) -> Result[bytes, Trouble]:
    """What stands in this file, which must be this process's user's own."""
    try:
        # O_NONBLOCK: a FIFO must not keep us waiting.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            return _regular(path, fd)
        finally:
            os.close(fd)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):
            return Failure(_unreadable(path, "it is a symbolic link to nowhere"))
        return Failure(Trouble(Reason.NO_SUCH_FILE, f"{named(path)}: there is no such info file"))
    except PermissionError:
        return Failure(Trouble(Reason.PERMISSION, f"{named(path)}: you may not read this info file"))
    except OSError as error:
        return Failure(_unreadable(path, (error.strerror or str(error)).lower(), transient=True))


def _regular(path: str, fd: int) -> Result[bytes, Trouble]:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        return Failure(_unreadable(path, "it is no regular file"))
    if status.st_uid != os.geteuid():
        return Failure(Trouble(Reason.PERMISSION, f"{named(path)}: this info file belongs to another user"))
    if status.st_size > MAX_BYTES:
        return Failure(_invalid(path, f"{status.st_size} bytes are too many"))
    return Success(_whole(fd))


def _whole(fd: int) -> bytes:
    """All of it, but never much more than an info file may have: it may be growing."""
    data = b""
    while len(data) <= MAX_BYTES and (piece := os.read(fd, MAX_BYTES)):
        data += piece
    return data


def _parsed(path: str, text: bytes, user: str | None) -> Result[Found, Trouble]:
    read = job_in(text)
    if isinstance(read, Failure):
        return Failure(_invalid(path, wrong_with(read.failure())))
    job = read.unwrap()
    if user is not None and job.username != user:
        return Failure(Trouble(Reason.PERMISSION, f"{named(path)}: this is a job of {named(job.username)}"))
    return Success(Found(job, text))


def _cut_off(text: bytes, tree: object) -> bool:
    """Whether what this qq wrote was shortened: most of a record's keys may be missing, so it would read as another.

    Without its token it would be another job's.
    """
    if not text.startswith(b"# " + COMMENT.encode()):
        return False
    return not text.endswith(b"\n") or (isinstance(tree, dict) and "token" not in tree)


def _unreadable(path: str, why: str, *, transient: bool = False) -> Trouble:
    return Trouble(Reason.RECORD_UNREADABLE, f"{named(path)}: the info file can't be read: {why}", transient)


def _invalid(path: str, why: str) -> Trouble:
    return Trouble(Reason.RECORD_INVALID, f"{named(path)}: this is no valid info file: {why}")
