"""What is put into the queue's table when a job is submitted, and what its start takes out again."""

import sqlite3
from collections.abc import Mapping, Sequence

from msgspec import Struct

from qq._version import VERSION
from qq.core.paths import to_bytes, to_text
from qq.core.request import Request
from qq.core.schedulers.local import Need, Stage, need_of
from qq.core.schedulers.local_depend import Link
from qq.core.schedulers.local_depend import to_text as links_to_text
from qq.core.schedulers.local_start import is_own
from qq.core.script_environment import handed_on
from qq.shell.batch.local import machine
from qq.shell.here import user_name

REQUEUES = 20
"""How often a job that was submitted with ``--requeue`` is started again after it vanished: one that takes its parent
with it each time must come to an end."""


class Payload(Struct, frozen=True, kw_only=True):
    """What only the start of a job needs. ``own``: the version of qq whose ``qq run`` the starter is; else empty."""

    own: str
    starter: str
    environ: dict[str, str]
    output: str
    umask: int
    kill_wait: float
    requeues: int = 0
    """How often it may be started again after it vanished."""


class New(Struct, frozen=True, kw_only=True):
    """A job to be put into the table."""

    token: str
    name: str
    user: str
    input_dir: str
    info_file: str
    need: Need
    walltime: int | None
    depend: Sequence[Link]
    payload: Payload


def new(request: Request, depend: Sequence[Link], environ: Mapping[str, str], *, kill_wait: float) -> New:
    """What a request comes to. ``environ``: what the job inherits. ``kill_wait``: seconds between TERM and KILL."""
    return New(
        token=request.token,
        name=request.name,
        user=user_name(),
        input_dir=request.input_dir,
        info_file=request.info_file,
        need=need_of(request.resources),
        walltime=request.resources.walltime,
        depend=depend,
        payload=Payload(
            own=VERSION if is_own(request.starter, machine.own_commands()) else "",
            starter=request.starter,
            environ=handed_on(environ, request.env),
            output=request.output,
            umask=request.umask,
            kill_wait=kill_wait,
            requeues=REQUEUES if request.requeue else 0,
        ),
    )


def insert(db: sqlite3.Connection, new: New, *, now: float) -> int:
    """A new pending job; its number."""
    texts = (new.token, new.name, new.user, new.input_dir, new.info_file)
    numbers = (new.need.ncpus, new.need.ngpus, new.need.mem_kb, new.walltime)
    cursor = db.execute(
        "INSERT INTO jobs (token, name, user, input_dir, info_file, ncpus, ngpus, mem_kb, walltime, depend, stage, "
        "submitted) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (*map(to_bytes, texts), *numbers, links_to_text(new.depend), Stage.PENDING, now),
    )
    number = cursor.lastrowid
    assert number is not None
    what = new.payload
    environ = b"\0".join(to_bytes(f"{name}={value}") for name, value in what.environ.items())
    db.execute(
        "INSERT INTO payloads (number, own, starter, environ, output, umask, kill_wait, requeues) "
        "VALUES (?,?,?,?,?,?,?,?)",
        (
            number,
            what.own,
            to_bytes(what.starter),
            environ,
            to_bytes(what.output),
            what.umask,
            what.kill_wait,
            what.requeues,
        ),
    )
    return number


def payload(db: sqlite3.Connection, number: int) -> Payload | None:
    """What the start of a job needs."""
    found = db.execute(
        "SELECT own, starter, environ, output, umask, kill_wait, requeues FROM payloads WHERE number = ?", (number,)
    ).fetchone()
    if found is None:
        return None
    own, starter, environ, output, umask, kill_wait, requeues = found
    pairs = (to_text(entry).partition("=") for entry in environ.split(b"\0") if entry)
    return Payload(
        own=own,
        starter=to_text(starter),
        environ={name: value for name, _, value in pairs},
        output=to_text(output),
        umask=umask,
        kill_wait=kill_wait,
        requeues=requeues,
    )
