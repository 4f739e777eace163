"""Opens ``.qqout`` on a node that can't see the input directory: a file in a directory that only the user can enter."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from qq.core.away_output import AWAY_NAME, away_directory

_STDOUT, _STDERR = 1, 2


def open_output(environ: Mapping[str, str]) -> bool:
    """Lets what is said from now on go to the file, if Slurm was told to throw it away; whether it does.

    Without a file it goes nowhere.
    """
    user, job_id = environ.get("SLURM_JOB_USER"), environ.get("SLURM_JOB_ID")
    if environ.get("QQ_SHARED_SUBMIT") or not user or not job_id or not _goes_nowhere():
        return False
    with suppress(OSError):  # a full disk keeps nobody from computing
        fd = private_file(Path(away_directory(user, job_id)))
        os.dup2(fd, _STDOUT)
        os.dup2(fd, _STDERR)
        os.close(fd)
        return True
    return False


def private_file(directory: Path) -> int:
    """An open file to append to, in this directory; if that is there already and not only ours, in a new one."""
    with suppress(FileExistsError):
        directory.mkdir(0o700)
    if not _is_private(directory):
        import tempfile  # slow to load, and hardly ever needed

        directory = Path(tempfile.mkdtemp(prefix="qq-", dir=directory.parent))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(directory / AWAY_NAME, flags, 0o600)


def _is_private(directory: Path) -> bool:
    """Whether it is a directory, no link to one, that belongs to us and lets nobody else in."""
    found = directory.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _goes_nowhere() -> bool:
    """Whether what is said on standard output is thrown away."""
    out = os.fstat(_STDOUT)
    return stat.S_ISCHR(out.st_mode) and out.st_rdev == Path(os.devnull).stat().st_rdev
