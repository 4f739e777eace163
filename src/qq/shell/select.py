"""From what a command line selects to jobs: their records and what the batch system says, in one question to each.

Every job fails alone: what can't be found or read becomes a line of its own, the others go on.
"""

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qq.core.engines import engine_of, why_no_server
from qq.core.evidence import Absent, Evidence, NotAnswered, Seen, believed
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Result, Success
from qq.core.selection import (
    Selection,
    at_server,
    is_info_name,
    means,
    none_left,
    of_server,
    same_id,
    several_mean,
)
from qq.core.troubles import Trouble
from qq.shell.batch import Batch
from qq.shell.batch.choose import default_name, open_batch
from qq.shell.perform.readrecord import found_at

if TYPE_CHECKING:
    from qq.core.explain import Explanation
    from qq.core.states import RealState


@dataclass(frozen=True, slots=True)
class Job:
    """One selected job: where its record stands, what that says, and what its batch system says."""

    info_file: str
    record: JobInfo
    evidence: Evidence

    @property
    def job_id(self) -> str | None:
        """None: it has not got one yet."""
        return self.record.job_id

    @property
    def state(self) -> "RealState":
        """What is really so."""
        from qq.core.real_state import real_state

        return real_state(self.record, self.evidence)

    @property
    def reason(self) -> str:
        """Why that is so, in a sentence; empty: there is nothing to explain."""
        return self._told.words

    @property
    def next_command(self) -> str:
        """What to type next; empty: nothing has to be done."""
        return self._told.next_command

    @property
    def _told(self) -> "Explanation":
        from qq.core.explain import explain

        return explain(self.record, self.evidence)

    def __repr__(self) -> str:
        told = self._told
        why, do = f": {told.words}" if told.words else "", f" → {told.next_command}" if told.next_command else ""
        return f"<{self.job_id or 'job without id'} ({self.record.job_name}) {told.state}{why}{do}>"


@dataclass(slots=True)
class Selected:
    """The jobs, and a line for everything that could not be selected."""

    jobs: list[Job] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Asking:
    """What has been read, before the batch systems were asked."""

    environ: Mapping[str, str]
    server: str | None = None
    records: dict[str, JobInfo] = field(default_factory=dict)
    """Path of the info file → record."""
    troubles: list[str] = field(default_factory=list)
    batches: dict[str, Batch | Trouble] = field(default_factory=dict)


Said = dict[tuple[str, str], Evidence]
"""Engine, and id or token → what it says."""


def select(selection: Selection, environ: Mapping[str, str]) -> Selected:
    """Finds the jobs of a selection."""
    server = _server(selection, environ)
    if isinstance(server, Failure):
        return Selected(troubles=[server.failure()])
    asking = _Asking(environ, server.unwrap())
    for directory in _directories(selection, asking.troubles):
        _read_directory(directory, asking)
    if selection.here and not asking.records and not asking.troubles:
        asking.troubles.append(
            "there is no job in this directory (no *.qqinfo); name a job by its id, or its directory with -d"
        )
    words = [at_server(word, asking.server) if asking.server else word for word in selection.ids]
    nearby = _nearby(words, asking)
    said = _ask_for_all(asking) if selection.all_mine else {}
    _ask(asking, words, nearby, said)
    found = Selected(troubles=asking.troubles)
    found.jobs.extend(Job(path, job, _evidence(said, job)) for path, job in asking.records.items())
    for word in words:
        _add_by_id(word, said, nearby, found, asking)
    if selection.all_mine and not found.jobs and not found.troubles:
        found.troubles.append("you have no jobs that have not ended (qq jobs -a lists the others)")
    return _narrowed(found, selection, asking.server)


def _server(selection: Selection, environ: Mapping[str, str]) -> Result[str | None, str]:
    """The full name of the server that is wanted, if one is."""
    if selection.server is None:
        return Success(None)
    from qq.shell.batch.choose import server_called

    why = why_no_server(default_name(environ))
    return Failure(why) if why else Success(server_called(selection.server, environ))


def _narrowed(found: Selected, selection: Selection, server: str | None) -> Selected:
    """Only what is in a wanted state, and of the wanted server."""
    jobs = found.jobs
    if server is not None:
        jobs = [job for job in jobs if of_server(job.record.job_id, server)]
    if selection.states:
        from qq.core.real_state import real_state

        jobs = [job for job in jobs if real_state(job.record, job.evidence) in selection.states]
    if found.jobs and not jobs:
        found.troubles.append(none_left(selection, len(found.jobs)))
    found.jobs = jobs
    return found


def directories(selection: Selection, troubles: list[str]) -> list[str]:
    """The directories of a selection, absolute; what is none becomes a line of ``troubles``."""
    return list(dict.fromkeys(_directories(selection, troubles)))


def info_files(directory: str) -> list[str]:
    """The info files of a directory, by name; an error of the outside world is the caller's."""
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if is_info_name(entry.name))
    return [posixpath.join(directory, name) for name in names]


def this_user() -> str:
    """The name of the user whose jobs these are."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


# --- reading ----------------------------------------------------------------------------------------------------------


def _directories(selection: Selection, troubles: list[str]) -> Iterator[str]:
    if selection.here:
        yield _here()
    for word in selection.dirs:
        matches = _directories_named(word)
        if not matches:
            troubles.append(f"{word}: no such directory")
        yield from (posixpath.abspath(match) for match in matches)


def _directories_named(word: str) -> list[str]:
    if posixpath.isdir(word):
        return [word]
    from glob import glob

    return sorted(filter(posixpath.isdir, glob(word)))  # noqa: PTH207  (words of the user, not paths)


def _here() -> str:
    """The current directory as the user calls it (links unresolved), if ``$PWD`` tells the truth."""
    logical = os.environ.get("PWD", "")
    try:
        if logical and posixpath.samefile(logical, "."):
            return logical
    except OSError:
        pass
    return posixpath.abspath(".")


def _read_directory(directory: str, asking: _Asking) -> None:
    try:
        paths = info_files(directory)
    except OSError as error:
        asking.troubles.append(f"{directory}: {error.strerror}")
        return
    if not paths and directory != _here():
        asking.troubles.append(f"{directory}: there is no job in this directory (no *.qqinfo)")
    for path in paths:
        _read(path, asking)


def _read(path: str, asking: _Asking) -> JobInfo | None:
    if path in asking.records:
        return asking.records[path]
    result = found_at(path)
    if isinstance(result, Failure):
        asking.troubles.append(_about(path, result.failure()))
        return None
    asking.records[path] = result.unwrap().job
    return asking.records[path]


def _about(path: str, trouble: Trouble) -> str:
    words = str(trouble)
    return words if path in words else f"{path}: {words}"


# --- asking -----------------------------------------------------------------------------------------------------------


def _engine(name: str) -> str:
    return engine_of(name) or name


def _batch(name: str, asking: _Asking) -> Batch | Trouble:
    if name not in asking.batches:
        result = open_batch(name, asking.environ)
        asking.batches[name] = result.failure() if isinstance(result, Failure) else result.unwrap()
    return asking.batches[name]


def _ask(asking: _Asking, typed: Sequence[str], nearby: Mapping[str, JobInfo], said: Said) -> None:
    """One question to each batch system that is concerned: about its records, and the typed ids to the default one."""
    questions: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    if typed:  # to find out which one is meant takes its time
        questions[_engine(default_name(asking.environ))] = (dict.fromkeys(typed), {})
    for job in (*asking.records.values(), *nearby.values()):
        engine, key = _key(job)
        if (engine, key) not in said:
            ids, tokens = questions.setdefault(engine, ({}, {}))
            (tokens if job.job_id is None else ids)[key] = None
    for engine, (ids, tokens) in questions.items():
        batch = _batch(engine, asking)
        if isinstance(batch, Trouble):
            said |= {(engine, key): NotAnswered(str(batch)) for key in (*ids, *tokens)}
        else:
            said |= {(engine, key): answer for key, answer in batch.look([*ids], [*tokens]).items()}


def _ask_for_all(asking: _Asking) -> Said:
    """All unfinished jobs of qq of this user, from the batch system that this machine has."""
    engine = _engine(default_name(asking.environ))
    batch = _batch(engine, asking)
    if isinstance(batch, Trouble):
        asking.troubles.append(str(batch))
        return {}
    result = batch.jobs(user=this_user(), ended=False, server=asking.server)
    if isinstance(result, Failure):
        asking.troubles.append(str(result.failure()))
        return {}
    ours = [seen for seen in result.unwrap() if seen.info_file is not None]  # others were not submitted by qq
    for seen in ours:
        _record_of(seen, asking)
    return {(engine, key): believed(seen) for seen in ours for key in (seen.job_id, seen.token) if key is not None}


def _key(job: JobInfo) -> tuple[str, str]:
    return _engine(job.batch_system), job.token if job.job_id is None else job.job_id


def _evidence(said: Said, job: JobInfo) -> Evidence:
    return said.get(_key(job), NotAnswered("it was not asked about this job"))


# --- from an id to its record -----------------------------------------------------------------------------------------


def _nearby(words: Sequence[str], asking: _Asking) -> dict[str, JobInfo]:
    """Jobs in the current directory that are meant by a typed id: the batch system may not know them any more."""
    if not words:
        return {}
    quiet = _Asking(asking.environ)
    _read_directory(_here(), quiet)
    return {path: job for path, job in quiet.records.items() if any(means(word, job.job_id) for word in words)}


def _add_by_id(word: str, said: Said, nearby: Mapping[str, JobInfo], found: Selected, asking: _Asking) -> None:
    engine = _engine(default_name(asking.environ))
    evidence = said.get((engine, word), Absent())
    known = {path: job for path, job in {**asking.records, **nearby}.items() if means(word, job.job_id)}
    ids = {(_engine(job.batch_system), str(job.job_id)) for job in known.values()}
    if isinstance(evidence, Seen) and not any(each == engine and same_id(of, evidence.job_id) for each, of in ids):
        ids.add((engine, evidence.job_id))
    if len(ids) > 1:
        asking.troubles.append(several_mean(word, sorted(job_id for _, job_id in ids)))
    elif any(job.info_file in known for job in found.jobs):
        return
    elif isinstance(evidence, Seen):
        path = _record_of(evidence, asking)
        if path is not None:
            found.jobs.append(Job(path, asking.records[path], evidence))
    elif known:
        path, record = next(iter(known.items()))
        asking.records[path] = record
        found.jobs.append(Job(path, record, _evidence(said, record)))
    elif isinstance(evidence, NotAnswered):
        asking.troubles.append(f"{word}: the batch system could not be asked ({evidence.why})")
    else:
        asking.troubles.append(f"{word}: no such job; for one that is long over, use -d with its directory")


def _record_of(seen: Seen, asking: _Asking) -> str | None:
    """The record of a job that the batch system knows: where it says, or in the archive, where the next cycle moved it.

    If there is none any more, that becomes a line.
    """
    quiet = _Asking(asking.environ)
    path = _adopt(asking, quiet, (p for p in _places_of(seen) if (job := _read(p, quiet)) and _is_of(job, seen)))
    if path is None and seen.info_file is None:
        asking.troubles.append(f"{seen.job_id}: the batch system names no info file for it: is it a job of qq?")
    elif path is None:
        unreadable = quiet.troubles[:1] if posixpath.lexists(seen.info_file or "") else []
        why = f" ({seen.comment})" if seen.comment else ""
        gone = f"{seen.job_id}: its info file {seen.info_file} is gone or another job's by now{why}"
        asking.troubles.append(unreadable[0] if unreadable else gone)
    return path


def _places_of(seen: Seen) -> Iterator[str]:
    """Where the record of a job may stand, the likely place first. Lazily: usually it is there.

    Accounting may have lost what names it: then it is one of those in the directory that the job belongs to.
    """
    if seen.info_file is not None:
        yield seen.info_file
        yield from _elsewhere(posixpath.dirname(seen.info_file))
    else:
        for directory in dict.fromkeys([_here(), *([seen.input_dir] if seen.input_dir else [])]):
            try:
                yield from info_files(directory)
            except OSError:
                continue
            yield from _elsewhere(directory)


def _adopt(asking: _Asking, quiet: _Asking, paths: Iterable[str]) -> str | None:
    """Takes the first of these records over."""
    path = next(iter(paths), None)
    if path is not None:
        asking.records[path] = quiet.records[path]
    return path


def _is_of(job: JobInfo, seen: Seen) -> bool:
    return job.job_id == seen.job_id or (job.job_id is None and job.token == seen.token)


def _elsewhere(directory: str) -> Iterable[str]:
    """Info files in the archives that the records of a directory name."""
    quiet = _Asking({})
    try:
        paths = info_files(directory)
    except OSError:
        return
    archives = {job.loop.archive for path in paths if (job := _read(path, quiet)) is not None and job.loop is not None}
    for archive in sorted(archives):
        try:
            yield from info_files(posixpath.normpath(posixpath.join(directory, archive)))
        except OSError:
            continue
