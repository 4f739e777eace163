"""Starts ssh to another host; that qq answers there is waited for later (``connecting.py``).

So a command may start it as soon as it knows the host, and load what else it needs meanwhile.
"""

import contextlib
import hashlib
import os
import re
import subprocess
import tempfile

from qq.core.hosts import is_host_name
from qq.core.ssh import control_path_of, faster_ciphers, remote_argv, ssh_words
from qq.core.troubles import Reason, Trouble
from qq.shell.here import current_umask
from qq.shell.perform.failing import named
from qq.shell.perform.link import Link, LostError, stream_of
from qq.shell.perform.others import Others, qq_command, ssh_command

_LONGEST_PATH = 70
"""Bytes of a socket's name, of 108, that leave room for what ssh adds."""
_FIRST = 1 << 14
"""Bytes: the first processor is enough, and for hundreds of them the system takes its time."""


def open_early(others: Others, host: str) -> None:
    """Starts a connection that will be needed; what is wrong with it is told to whoever needs it."""
    with contextlib.suppress(LostError):
        opened(others, host)


def opened(others: Others, host: str) -> Link:
    """Starts a connection, which has still to be greeted. Raises LostError."""
    if not is_host_name(host):
        raise LostError(Trouble(Reason.HOST_UNREACHABLE, f"{named(host)} is not the name of a host"))
    link = others.links[host] = _started(others, host)
    return link


def _started(others: Others, host: str) -> Link:
    settings = _settings(others, host)
    ssh, timeout, control = ssh_command(others), others.settings.ssh_timeout, _control_path(others, host, settings)
    ciphers = faster_ciphers(settings or "") if _has_aes() else None
    words = ssh_words(ssh, timeout=timeout, control=control, master=True, ciphers=ciphers)
    shell = ssh_words(ssh, timeout=timeout, control=control, ciphers=ciphers)
    argv = remote_argv(words, host, [qq_command(others), "act", f"{current_umask():o}"])
    # Not a pipe: a shared connection of the user's may hold it open. It lives as long as the link.
    said = tempfile.TemporaryFile(prefix="qq-")  # noqa: SIM115
    try:
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, bufsize=0)
    except OSError as error:
        said.close()
        words_ = f"{named(argv[0])} can't be started: {os.strerror(error.errno or 0)}"
        raise LostError(Trouble(Reason.TOOL_MISSING, words_)) from error
    os.set_blocking(stream_of(process.stdin).fileno(), False)
    return Link(host, process, said, shell)


def _settings(others: Others, host: str) -> str | None:
    """What ssh is configured to do with a host, as it says itself; None: it can't say."""
    try:
        asked = subprocess.run(
            [*ssh_command(others), "-G", "--", host],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return os.fsdecode(asked.stdout)


def _control_path(others: Others, host: str, settings: str | None) -> str | None:
    """A socket of ours; None where the user shares connections in a way of their own, which may be the only one in."""
    if settings is None or control_path_of(settings) is not None:
        return None
    if others.sockets is None:
        others.sockets = _private_directory()
    # One name per host, always the same: over a shared connection ssh goes where that leads, whatever host it is told.
    name = hashlib.sha256(host.encode()).hexdigest()[:16]
    return None if others.sockets is None else os.path.join(others.sockets, name)


def _has_aes() -> bool:
    """Whether this processor has instructions for AES, as Linux says on x86 and ARM."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", "rb", buffering=0) as file:
        return re.search(rb"^(?:flags|Features)\s*:.* aes\b", file.read(_FIRST), re.MULTILINE) is not None
    return False


def _private_directory() -> str | None:
    for parent in (None, "/tmp"):
        with contextlib.suppress(OSError):
            path = tempfile.mkdtemp(prefix="qq-", dir=parent)  # 0700
            if len(os.fsencode(path)) <= _LONGEST_PATH:
                return path
            os.rmdir(path)
    return None
