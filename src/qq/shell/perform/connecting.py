"""Connections to other hosts: one ``ssh HOST qq act`` per host and command, made when it is needed, ended with it."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import time

from qq.core.hosts import is_host_name
from qq.core.result import Failure, Result, Success, value_or_none
from qq.core.ssh import control_path_of, remote_argv, ssh_words
from qq.core.talk import PROTOCOL, Greeting, said_in
from qq.core.troubles import Reason, Trouble
from qq.shell.here import current_umask
from qq.shell.perform.failing import named
from qq.shell.perform.link import END_SECONDS, Limits, Link, LostError, line_of, stream_of
from qq.shell.perform.others import Others, qq_command, ssh_command
from qq.shell.perform.watch import Watch

_LONGEST_PATH = 70
"""Bytes of a socket's name, of 108, that leave room for what ssh adds."""
_NOISE = 1000
"""Lines that a host may say before it greets."""


def link_to(others: Others, host: str, watch: Watch) -> Result[Link, Trouble]:
    """The connection to a host, made if it is not there."""
    try:
        return Success(connected(others, host, watch, None))
    except LostError as lost:
        drop(others, host)
        return Failure(lost.trouble)


def drop(others: Others, host: str) -> None:
    """Ends a connection, whatever it is doing."""
    link = others.links.pop(host, None)
    if link is not None:
        _end(link)
    if not others.links and others.sockets is not None:
        shutil.rmtree(others.sockets, ignore_errors=True)
        others.sockets = None


def _end(link: Link) -> None:
    for end in (link.process.terminate, link.process.kill):
        if link.process.poll() is None:
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                link.process.wait(1)
    _forget(link)


def close_all(others: Others) -> None:
    """Ends all connections; what runs at their other ends has nothing to do by now and ends by itself."""
    for link in others.links.values():
        stream_of(link.process.stdin).close()
    deadline = time.monotonic() + END_SECONDS
    for host, link in list(others.links.items()):
        with contextlib.suppress(subprocess.TimeoutExpired):
            link.process.wait(max(0.0, deadline - time.monotonic()))
        drop(others, host)


def _forget(link: Link) -> None:
    for stream in (link.process.stdin, link.process.stdout, link.said):
        with contextlib.suppress(OSError):
            stream_of(stream).close()


def connected(others: Others, host: str, watch: Watch, hurry: float | None) -> Link:
    """The same, but raises LostError and drops nothing. ``hurry``: seconds that it may take, None: as configured."""
    link = others.links.get(host)
    if link is not None and link.process.poll() is None:
        return link
    drop(others, host)
    if not is_host_name(host):
        raise LostError(Trouble(Reason.HOST_UNREACHABLE, f"{named(host)} is not the name of a host"))
    link = _started(others, host)
    others.links[host] = link
    seconds = others.settings.ssh_timeout if hurry is None else hurry
    _greeted(others, link, watch, Limits(seconds, time.monotonic() + seconds))
    return link


def _started(others: Others, host: str) -> Link:
    control = _control_path(others, host)
    timeout = others.settings.ssh_timeout
    words = ssh_words(ssh_command(others), timeout=timeout, control=control, master=True)
    shell = ssh_words(ssh_command(others), timeout=timeout, control=control)
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


def _control_path(others: Others, host: str) -> str | None:
    """A socket of ours; None where the user shares connections in a way of their own, which may be the only one in."""
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
    if control_path_of(os.fsdecode(asked.stdout)) is not None:
        return None
    if others.sockets is None:
        others.sockets = _private_directory()
    # One name per host, always the same: over a shared connection ssh goes where that leads, whatever host it is told.
    name = hashlib.sha256(host.encode()).hexdigest()[:16]
    return None if others.sockets is None else os.path.join(others.sockets, name)


def _private_directory() -> str | None:
    for parent in (None, "/tmp"):
        with contextlib.suppress(OSError):
            path = tempfile.mkdtemp(prefix="qq-", dir=parent)  # 0700
            if len(os.fsencode(path)) <= _LONGEST_PATH:
                return path
            os.rmdir(path)
    return None


def _greeted(others: Others, link: Link, watch: Watch, limits: Limits) -> None:
    """Waits for the greeting; what the shell there says before it is no concern of ours."""
    for _ in range(_NOISE):
        line = line_of(link, limits, watch.interrupted)
        if line is None:
            raise LostError(Trouble(Reason.INTERRUPTED, "interrupted by a signal"))
        said = value_or_none(said_in(line))
        if isinstance(said, Greeting):
            if said.protocol != PROTOCOL:
                words = f"{qq_command(others)} on {link.host} is qq {said.version}, which this one can't talk to"
                raise LostError(Trouble(Reason.TOOL_MISSING, words))
            link.rsync, link.version = said.rsync, said.version
            link.ahead = None if said.clock is None else said.clock - time.time()
            return
    raise LostError(Trouble(Reason.HOST_UNREACHABLE, f"{link.host} says something, but qq does not answer there"))
