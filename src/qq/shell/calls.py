"""The commands as functions, for notebooks and scripts: each gives records back, prints nothing and never exits.

What goes wrong with one job is a value in what comes back; what goes wrong with the call is raised.
"""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, overload

from qq.core.predicting.drawing import role_of
from qq.core.predicting.layout import Piece, Row
from qq.core.records.parse import shown
from qq.core.result import Failure, Fault, InvalidJob, Result, failed
from qq.core.rows import Drawn, Rows
from qq.core.selection import Selection, parse_selection
from qq.core.troubles import Trouble as Why
from qq.shell.api import Trouble, Value, path_of, raise_faults, raise_wrong, submitter_with
from qq.shell.select import Job, select

if TYPE_CHECKING:
    from qq.core.cluster import Node, Queue
    from qq.core.evidence import Seen
    from qq.core.explain import Explanation
    from qq.core.records.job import JobInfo
    from qq.core.report import Report, Reports
    from qq.shell.clear import Cleared
    from qq.shell.commands.logs import Log
    from qq.shell.commands.recover import Recovery
    from qq.shell.commands.wipe import Wiped
    from qq.shell.sync import Summary

T = TypeVar("T")

Path = str | os.PathLike[str]
Ids = str | int | Iterable[str | int]
Dirs = Path | Iterable[Path]
Words = str | Iterable[str]


# --- looking ----------------------------------------------------------------------------------------------------------


def info(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    all: bool = False,
    states: Words | None = None,
    server: str | None = None,
) -> Rows[Job]:
    """The jobs of a selection, each with its record and what is really so."""
    found = select(_selection(ids, dirs, all, states, server), os.environ)
    return Rows(found.jobs, title="jobs", draw=_drawn, troubles=found.troubles)


def jobs(*, user: str | None = None, ended: bool = False, server: str | None = None) -> "Rows[Seen]":
    """My jobs, or those of another user, as the batch system tells them; ``ended``: also those that are over."""
    from qq.shell.commands.tables import jobs_of
    from qq.shell.here import user_name

    return _value(jobs_of(user or user_name(), os.environ, ended=ended, server=server))


def stat(*, ended: bool = False, server: str | None = None) -> "Rows[Seen]":
    """Everybody's jobs, as the batch system tells them."""
    from qq.shell.commands.tables import jobs_of

    return _value(jobs_of(None, os.environ, ended=ended, server=server))


def queues(*, server: str | None = None) -> "Rows[Queue]":
    """All queues, or partitions, also those that take none of my jobs."""
    from qq.shell.commands.tables import queues_of

    return _value(queues_of(os.environ, server))[0]


def nodes(*, server: str | None = None) -> "Rows[Node]":
    """All nodes, also those that take no jobs now."""
    from qq.shell.commands.tables import nodes_of

    return _value(nodes_of(os.environ, server))


def logs(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    all: bool = False,
    states: Words | None = None,
    server: str | None = None,
    stream: str = "out",
) -> "Rows[Log]":
    """What the scripts have printed so far. ``stream``: ``out``, ``err``, or ``qq`` for what qq itself said."""
    from qq.shell.commands.logs import STREAMS, log_of

    if stream not in STREAMS:
        raise InvalidJob([Fault(stream, f"there is no such stream, only {', '.join(STREAMS)}")])
    found = select(_selection(ids, dirs, all, states, server), os.environ)
    made = [log_of(job, os.environ, stream) for job in found.jobs]
    return Rows(made, title="logs", draw=_drawn_logs, troubles=found.troubles)


def wait(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    all: bool = False,
    states: Words | None = None,
    server: str | None = None,
    chain: bool = True,
    timeout: float | None = None,
) -> "Reports[Explanation]":
    """Returns when jobs have ended. ``chain``: and the cycles that follow; ``timeout``: seconds to wait at most."""
    from qq.core.predicting.checks import time_fault
    from qq.shell.commands.wait import wait as command

    wrong = None if timeout in (None, math.inf) else time_fault(timeout)
    if wrong is not None:
        raise InvalidJob([Fault("timeout", wrong)])
    return command(_selection(ids, dirs, all, states, server), os.environ, chain=chain, timeout=timeout)


# --- doing ------------------------------------------------------------------------------------------------------------


@overload
def submit(scripts: Path, **options: Value) -> "Report[JobInfo]": ...  # type: ignore[overload-overlap]


@overload
def submit(scripts: Sequence[Path], **options: Value) -> "Reports[JobInfo]": ...


def submit(scripts: Path | Sequence[Path], **options: Value) -> "Report[JobInfo] | Reports[JobInfo]":
    """Submits a script, with options as in ``ncpus=8``; what is wrong is raised. Of several, each fails alone."""
    from qq.shell.commands.submit import report_of_script, submit_each, submitted

    submitter = submitter_with(options)
    one: object = scripts
    paths = [path_of(one, "scripts")] if isinstance(one, str | os.PathLike) else _words("scripts", scripts)
    results = submit_each(paths, submitter)
    if not isinstance(scripts, str | os.PathLike):
        return submitted(paths, submitter, results)
    raise_wrong(failed(results[0]))
    return report_of_script(paths[0], submitter, results[0])


def sync(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    all: bool = False,
    states: Words | None = None,
    server: str | None = None,
    files: Words | None = None,
) -> "Reports[Summary]":
    """Fetches what stands in the working directories. ``files``: only these; None: what the job made or changed."""
    from qq.shell.commands.sync import sync as command

    only = None if files is None else _given("files", files)
    return _uninterrupted(command(_selection(ids, dirs, all, states, server), os.environ, files=only))


def kill(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    all: bool = False,
    states: Words | None = None,
    server: str | None = None,
    force: bool = False,
) -> "Reports[None]":
    """Terminates jobs, without asking. ``force``: whatever the state is, and at once."""
    from qq.shell.commands.kill import kill as command

    return _uninterrupted(command(_selection(ids, dirs, all, states, server), os.environ, force=force))


def recover(
    ids: Ids | None = None, *, dirs: Dirs | None = None, states: Words | None = None, server: str | None = None
) -> "Reports[Recovery]":
    """Finishes jobs that stopped half-way, without asking."""
    from qq.shell.commands.recover import recover as command

    return _uninterrupted(command(_selection(ids, dirs, False, states, server), os.environ))


def respawn(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    states: Words | None = None,
    server: str | None = None,
    force: bool = False,
) -> "Reports[JobInfo]":
    """Submits failed or killed jobs again, without asking; what they left on scratch is deleted."""
    from qq.shell.commands.respawn import respawn as command

    return _uninterrupted(command(_selection(ids, dirs, False, states, server), os.environ, force=force))


def clear(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    states: Words | None = None,
    server: str | None = None,
    force: bool = False,
) -> "Reports[Cleared]":
    """Deletes the runtime files of jobs that are over; of whole directories if only these are given."""
    from qq.shell.commands.clear import clear as command

    return command(_selection(ids, dirs, False, states, server), os.environ, force=force)


def wipe(
    ids: Ids | None = None,
    *,
    dirs: Dirs | None = None,
    states: Words | None = None,
    server: str | None = None,
    force: bool = False,
) -> "Reports[Wiped]":
    """Deletes the working directories of jobs that are over, without asking."""
    from qq.shell.commands.wipe import wipe as command

    return _uninterrupted(command(_selection(ids, dirs, False, states, server), os.environ, force=force))


# --- arguments and results --------------------------------------------------------------------------------------------


def _selection(ids: Ids | None, dirs: Dirs | None, every: bool, states: Words | None, server: str | None) -> Selection:
    chosen = parse_selection(
        _given("ids", [ids] if isinstance(ids, int) else ids),
        _given("dirs", dirs),
        all_mine=every,
        server=server,
        states=_given("states", states),
    )
    raise_faults(failed(chosen))
    return chosen.unwrap()


def _given(name: str, words: Path | Iterable[Path | int] | None) -> list[str]:
    """The words of an argument; none if it was left out. Of an empty list nobody may think that it means all jobs."""
    found = [] if words is None else _words(name, words)
    if words is not None and not found:
        raise InvalidJob([Fault(name, "the list is empty: it names nothing; leave it out if any will do")])
    return found


def _words(name: str, one_or_many: Path | Iterable[Path | int]) -> list[str]:
    """One word is a list of one."""
    given: object = one_or_many
    if isinstance(given, str | os.PathLike):
        return [os.fspath(given)]
    if not isinstance(given, Iterable) or isinstance(given, bytes | Mapping):
        raise InvalidJob([Fault(name, f"{shown(given)} is neither a word nor a list of words")])
    return [os.fspath(one) if isinstance(one, os.PathLike) else str(one) for one in given]


def _value(result: Result[T, Why]) -> T:
    if isinstance(result, Failure):
        raise Trouble(result.failure())
    return result.unwrap()


def _uninterrupted(made: "Reports[T]") -> "Reports[T]":
    """Ctrl-C is waited for until what had begun was completed; then it counts as ever."""
    if made.interrupted:
        raise KeyboardInterrupt(made.summary)
    return made


def _drawn(found: Sequence[Job]) -> Drawn:
    rows = [
        Row(
            [
                Piece(job.job_id or "-", "head"),
                Piece(job.record.job_name),
                Piece(str(job.state), role_of(str(job.state))),
                Piece(job.reason),
                Piece(job.next_command),
            ]
        )
        for job in found
    ]
    return Drawn(("job id", "name", "state", "why", "type next"), rows)


def _drawn_logs(made: "Sequence[Log]") -> Drawn:
    rows = [Row([Piece(log.name, "head"), Piece(str(log.text.count("\n"))), Piece(log.trouble, "bad")]) for log in made]
    return Drawn(("job", "lines", "what is wrong"), rows)
