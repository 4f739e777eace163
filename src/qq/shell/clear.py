"""Clears directories: reads them, asks the batch system once, then looks again and deletes, each under its lock."""

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from errno import EISDIR
from pathlib import Path
from stat import S_ISDIR

from msgspec import Struct, field
from pyrsistent import pvector

from qq.core.clearing import (
    IDLE,
    Clearing,
    Directory,
    Standing,
    clearing,
    clearing_of,
    is_left_behind,
    mark_may_know_more,
    owned,
    possible_scripts,
    token_in,
)
from qq.core.directives import check_shebang
from qq.core.evidence import Evidence, NotAnswered
from qq.core.moments import Listed
from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import join, to_bytes
from qq.core.records.job import JobInfo, WorkDir
from qq.core.replacing import replace
from qq.core.result import Failure, Success, value_or_none
from qq.core.selection import is_info_name
from qq.core.suitability import synchronized
from qq.core.troubles import Trouble
from qq.core.wiping import directories, look
from qq.shell.batch.choose import open_default
from qq.shell.commands.face import SILENT, Bar
from qq.shell.commands.side_by_side import side_by_side
from qq.shell.here import regular_bytes, user_name
from qq.shell.perform.dispatch import hands_for
from qq.shell.perform.failing import Halt, trouble_of
from qq.shell.perform.listing import list_tree
from qq.shell.perform.lock import Held, LockedError, directory_lock
from qq.shell.perform.others import close
from qq.shell.perform.readrecord import found_at
from qq.shell.perform.remove import clear_tree
from qq.shell.perform.watch import Watch
from qq.shell.reach import reached_over
from qq.shell.recover import Prepared, prepare
from qq.shell.select import Job
from qq.shell.signals import listening_if_possible
from qq.shell.watching import ask, key
from qq.shell.wipe import doing

PATIENCE = 90.0
"""Seconds that a clearing waits for another command in the same directory."""
_FIRST_LINE = 4096
"""Bytes."""


class Task(Struct, frozen=True):
    """A directory to clear; ``only``: just the files of this job."""

    directory: str
    only: Job | None = None


class Cleared(Struct):
    """What became of a directory."""

    task: Task
    removed: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    """What stays, and why."""
    failed: list[str] = field(default_factory=list)
    left: list[WorkDir] = field(default_factory=list)
    """Working directories that still stand, of jobs whose records are gone."""
    unseen: list[tuple[WorkDir, Trouble]] = field(default_factory=list)
    """Those of which it is not known, and why."""


class _Said(Struct, frozen=True):
    """What the batch systems answered, for all directories at once."""

    records: Mapping[str, Job]
    """By info file, as it was read before the question."""
    tokens: Mapping[str, Evidence]
    unseen: Mapping[str, str]
    """Directory → why files without a record may be a live job's."""
    halfway: Mapping[str, Prepared]
    """By info file, of jobs that stopped while they ran: what recovery would do. The mark may know more than they."""


def clear(
    tasks: Sequence[Task],
    environ: Mapping[str, str],
    *,
    force: bool = False,
    idle: float = IDLE,
    bar: Bar = SILENT.bar,
) -> Iterator[Cleared]:
    """Clears each of these directories; every one gets an outcome. ``idle``: as in ``clearing``."""
    said = _ask(tasks, environ)
    yield from side_by_side("clearing", tasks, lambda task: _clear(task, said, environ, force=force, idle=idle), bar)


# --- asking -----------------------------------------------------------------------------------------------------------


def _ask(tasks: Sequence[Task], environ: Mapping[str, str]) -> _Said:
    """One question about all records and temporary names; a second one only where there are files without a record."""
    jobs: list[Job] = []
    tokens: set[str] = set()
    unsure: list[str] = []
    for directory in dict.fromkeys(task.directory for task in tasks if task.only is None):
        names = _names(directory)
        read = {name: found_at(join(directory, name)) for name in names if is_info_name(name)}
        found = {name: result.unwrap().job for name, result in read.items() if isinstance(result, Success)}
        jobs += [Job(join(directory, name), job, NotAnswered("it was not asked yet")) for name, job in found.items()]
        tokens |= {token for name in names if (token := token_in(name)) is not None}
        if len(found) < len(read) or possible_scripts(names, names - owned(names, found.items())):
            unsure.append(directory)
    said = ask([job.record for job in jobs], environ, sorted(tokens))
    answered = {job.info_file: replace(job, evidence=said[key(job.record)]) for job in jobs}
    named = {task.only.info_file: task.only for task in tasks if task.only is not None}  # these have been asked about
    records = {**named, **answered}
    halfway = {path: looked for path, job in records.items() if (looked := _looked(job, environ)) is not None}
    return _Said(records, said, _unseen(unsure, answered, environ), halfway)


def _looked(job: Job, environ: Mapping[str, str]) -> Prepared | None:
    """What recovery would do, if the mark may know more than the record."""
    if not mark_may_know_more(job.record, job.evidence):
        return None
    with listening_if_possible() as signals:
        return value_or_none(prepare(job, environ, signals))


def _names(directory: str) -> frozenset[str]:
    """What stands there; a directory that can't be read says so when it is its turn."""
    try:
        return _listed(directory)
    except OSError:
        return frozenset()


def _listed(directory: str) -> frozenset[str]:
    with os.scandir(directory) as entries:
        return frozenset(entry.name for entry in entries)


def _unseen(places: Sequence[str], records: Mapping[str, Job], environ: Mapping[str, str]) -> Mapping[str, str]:
    """Where there are files without a record: whether the batch system has a live job in that directory."""
    if not places:
        return {}
    answer = open_default(environ).bind(lambda batch: batch.jobs(user=user_name(), ended=False))
    if isinstance(answer, Failure):
        return dict.fromkeys(places, f"the batch system could not be asked ({answer.failure()})")
    live = {posixpath.realpath(seen.info_file): seen.job_id for seen in answer.unwrap() if seen.info_file}
    known = {posixpath.realpath(path) for path in records}
    at = {posixpath.dirname(path): job_id for path, job_id in live.items() if path not in known}
    real = {directory: posixpath.realpath(directory) for directory in places}
    return {
        directory: f"the batch system says that {at[real[directory]]}, which has no valid info file, is not over"
        for directory in places
        if real[directory] in at
    }


# --- one directory ----------------------------------------------------------------------------------------------------


def _clear(task: Task, said: _Said, environ: Mapping[str, str], *, force: bool, idle: float) -> Cleared:
    outcome = Cleared(task)
    gone: list[JobInfo] = []
    try:
        with directory_lock(task.directory, PATIENCE) as held:
            gone = _clear_locked(task, said, outcome, held, force=force, idle=idle)
    except LockedError:
        outcome.failed.append(f"another command has been changing this directory for {PATIENCE:.0f} s; try again")
    except OSError as error:
        outcome.failed.append(str(trouble_of(error, "the directory can't be changed")))
    for job in gone:
        _look_for_what_stands(job, outcome, environ)
    return outcome


def _clear_locked(task: Task, said: _Said, outcome: Cleared, held: Held, *, force: bool, idle: float) -> list[JobInfo]:
    """Gives the jobs whose records are gone."""
    directory = _directory(task, said, held)
    if task.only:
        wanted = clearing_of(task.only.record, directory, force=force)
    else:
        wanted = clearing(directory, force=force, idle=idle)
    outcome.kept = [(one.what, one.why) for one in wanted.kept]
    _remove(wanted, outcome, held)
    return [one.job for one in directory.records if one.job is not None and one.name in outcome.removed]


def _look_for_what_stands(job: JobInfo, outcome: Cleared, environ: Mapping[str, str]) -> None:
    """At working directories that nobody knows of any more; a node is asked only if there may be something."""
    with listening_if_possible() as signals:
        hands = hands_for(job, environ, signals)
        do = doing(hands, signals)
        try:
            for of in directories(job):
                host = reached_over(job, of.host)
                if host is not None and synchronized(job):
                    continue
                _mark, place = look(job, of, host)
                seen = do(place)
                if isinstance(seen, Failure):
                    outcome.unseen.append((of, seen.failure()))
                elif isinstance(found := seen.unwrap(), Listed) and found.listing:
                    outcome.left.append(of)
        finally:
            close(hands.others)


def _directory(task: Task, said: _Said, held: Held) -> Directory:
    names = _listed(task.directory)
    records = [_standing(join(task.directory, name), name, said) for name in sorted(filter(is_info_name, names))]
    loose = names - owned(names, ((one.name, one.job) for one in records if one.job is not None))
    temporary = [] if task.only else [name for name in names if is_left_behind(name)]
    return Directory(
        names=names,
        records=pvector(records),
        scripts=frozenset(name for name in possible_scripts(names, loose) if _is_script(join(task.directory, name))),
        unseen=said.unseen.get(task.directory),
        idle={name: _idle(join(task.directory, name), held) for name in temporary},
        tokens=said.tokens,
    )


def _standing(path: str, name: str, said: _Said) -> Standing:
    """The record as it is now. One that has changed since the question is not judged by the answer."""
    read, before = found_at(path), said.records.get(path)
    if isinstance(read, Failure):
        return Standing(name, None, why=_why(read.failure(), path))
    job = read.unwrap().job
    if before is None or before.record != job:
        return Standing(name, job, NotAnswered("its info file was changed just now; try again"))
    halfway = said.halfway.get(path)
    if halfway is None:
        return Standing(name, job, before.evidence)
    unread = str(halfway.trouble) if halfway.trouble is not None and not halfway.words else ""
    return Standing(name, replace(job, script_exit_code=halfway.code), before.evidence, unread=unread)


def _why(trouble: Trouble, path: str) -> str:
    return str(trouble).removeprefix(f"{path}: ")


def _is_script(path: str) -> bool:
    try:
        first = regular_bytes(path, _FIRST_LINE).partition(b"\n")[0]
    except OSError:
        return False
    return isinstance(check_shebang(first.decode("utf-8", "surrogateescape"), ""), Success)


def _idle(path: str, held: Held) -> float:
    """Seconds since the last change, by the file server's clock: our lock was made just now."""
    root = to_bytes(path)
    try:
        status = os.lstat(root)
        listing = list_tree(root, own=True, digests=False) if S_ISDIR(status.st_mode) else None
        latest = max([status.st_ctime_ns, *(entry.ctime for entry in listing or ())])
        return (os.lstat(held.path).st_ctime_ns - latest) / 1e9
    except (OSError, Halt):
        return 0.0


def _remove(wanted: Clearing, outcome: Cleared, held: Held) -> None:
    for name in (*wanted.temporary, *wanted.files):
        held.check()
        path = join(outcome.task.directory, name)
        try:
            _delete(path)
        except FileNotFoundError:
            continue
        except Halt as ended:
            outcome.failed.append(str(ended.trouble))
        except OSError as error:
            outcome.failed.append(str(trouble_of(error, f"{name} can't be removed")))
        else:
            outcome.removed.append(name)


def _delete(path: str) -> None:
    """A file or a link by itself; a directory only if it is a temporary one of qq."""
    if not S_ISDIR(os.lstat(path).st_mode):
        Path(path).unlink()
    elif posixpath.basename(path).startswith(TEMPORARY_PREFIX):
        clear_tree(to_bytes(path), Watch())
    else:
        raise OSError(EISDIR, os.strerror(EISDIR), path)
