"""Connections to other hosts: one ``ssh HOST qq act`` per host and command, made when it is needed, ended with it."""

import contextlib
import shutil
import subprocess
import time

from qq.core.result import Failure, Result, Success, value_or_none
from qq.core.talk import PROTOCOL, Greeting, said_in
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.link import END_SECONDS, Limits, Link, LostError, line_of, stream_of
from qq.shell.perform.opening import opened
from qq.shell.perform.others import Others, qq_command
from qq.shell.perform.watch import Watch

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
    if link is not None and link.greeted and link.process.poll() is None:
        return link
    if link is None or link.greeted:
        drop(others, host)
        link = opened(others, host)
    seconds = others.settings.ssh_timeout if hurry is None else hurry
    _greeted(others, link, watch, Limits(seconds, time.monotonic() + seconds))
    return link


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
            link.greeted = True
            return
    raise LostError(Trouble(Reason.HOST_UNREACHABLE, f"{link.host} says something, but qq does not answer there"))
