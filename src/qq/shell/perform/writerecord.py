"""The record as a text, and how it gets to disk: every write is whole, a file beside it, synced, then renamed."""

import errno
import os
from contextlib import suppress

from qq.core.records.infofile import COMMENT, tree_from_job
from qq.core.records.job import JobInfo
from qq.shell.perform.atomic import sync_directory, write_all
from qq.shell.perform.lock import Held
from qq.shell.perform.yamlwriting import text_from_tree

_NO_SYNC = (errno.EINVAL, errno.ENOTSUP)
"""Some network file systems can't sync a directory."""


def record_text(job: JobInfo, before: bytes = b"") -> bytes:
    """The info file's content; comments of what stood there before are kept."""
    return text_from_tree(tree_from_job(job), COMMENT, before)


def write_text(path: str, text: bytes, held: Held) -> None:
    """Old or new, never less, also after a power cut. Raises OSError."""
    try:
        fd = os.open(held.temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            write_all(fd, text)
            os.fsync(fd)
        finally:
            os.close(fd)
        held.check()
        os.rename(held.temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(held.temporary)
        raise
    _sync_names(os.path.dirname(path))


def _sync_names(directory: str) -> None:
    try:
        sync_directory(os.fsencode(directory))
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
