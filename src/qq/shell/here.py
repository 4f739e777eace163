"""Where and who we are: directory, host, user, this very qq, and whether a directory is on shared storage."""

import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from qq.core.paths import relative_to
from qq.core.records.site import Site

_LOOPBACK = ("localhost", "ip6-localhost", "ip6-loopback")
_DF_SECONDS = 20


def current_directory(environ: Mapping[str, str]) -> str:
    """The current directory as the user calls it, links unresolved; ``$PWD`` counts only if it is this directory."""
    logical = environ.get("PWD", "")
    try:
        if logical.startswith("/") and os.path.samefile(logical, "."):
            return os.path.normpath(logical)
    except OSError:
        pass
    return os.getcwd()


@lru_cache(maxsize=1)
def host_name() -> str:
    """This host as records name it: fully qualified, unless that is a name of the loopback interface."""
    import socket

    full = socket.getfqdn()
    return os.uname().nodename if full.partition(".")[0] in _LOOPBACK or not full.strip(".") else full


def user_name() -> str:
    """The name of the user whose jobs these are."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def group_names() -> list[str]:
    """The groups that this user is in; those without a name are left out."""
    import grp

    found: list[str] = []
    for number in {os.getegid(), *os.getgroups()}:
        with suppress(KeyError):
            found.append(grp.getgrgid(number).gr_name)
    return found


def current_umask() -> int:
    """The umask of this process. Linux tells it since 4.7; to set it would reach the files of other threads."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        status = file.read()
    told = next((int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:")), None)
    if told is None:
        told = os.umask(0o077)
        os.umask(told)
    return told


def own_path() -> str | None:
    """The absolute path of this very qq: a program of one file, else that beside our Python, else the one called."""
    from pathlib import Path
    from shutil import which

    started = getattr(sys.modules["__main__"], "__file__", None)
    if started and (program := Path(started).absolute().parent).is_file():  # its __main__.py lies in it
        return str(program)
    for candidate in (Path(sys.executable).parent / "qq", Path(sys.argv[0]).absolute()):
        if candidate.name == "qq" and os.access(candidate, os.X_OK) and candidate.is_file():
            return str(candidate)
    found = which("qq")
    return str(Path(found).absolute()) if found else None


def regular_bytes(path: str, limit: int = -1) -> bytes:
    """The content of a regular file, or its first ``limit`` bytes. Raises OSError, also for what is no regular file."""
    with os.fdopen(regular_descriptor(path), "rb") as file:
        return file.read(limit)


def regular_descriptor(path: str) -> int:
    """A regular file, open for reading. Raises OSError, also for what is no regular file."""
    # O_NONBLOCK: a FIFO must not keep us waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(0, "it is no regular file", path)


def is_shared(directory: str, site: Site) -> bool:
    """Whether all nodes of the site share the storage that a directory is on. The local queue has no other nodes."""
    if site.engine == "local":
        return False
    if is_named_shared(directory, site):
        return True
    kind = _file_system_type(os.path.realpath(directory)) if site.shared_types else None
    return kind in site.shared_types or not _df_says_local(directory)


def is_named_shared(directory: str, site: Site) -> bool:
    """Whether the site says so of this directory by name: such a one need not be there."""
    return site.input_shared or any(relative_to(directory, path) is not None for path in site.shared_paths)


def _file_system_type(path: str) -> str | None:
    from qq.shell.batch.local.places import file_system_type

    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        return None
    return file_system_type(text, path)


def _df_says_local(directory: str) -> bool:
    """df(1), -l: lists local file systems only; it fails for a directory on another one."""
    import subprocess

    argv = ["df", "-l", "--", directory]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_DF_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode == 0
