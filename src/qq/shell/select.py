"""From what a command line selects to jobs: their records and what the batch system says, in one question to each.

Every job fails alone: what can't be found or read becomes a line of its own, the others go on.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from qq.core.engines import asked_by, why_no_server
from qq.core.evidence import Absent, Evidence, JobStep, NotAnswered, Seen, believed
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success
from qq.core.selection import (
    Selection,
    at_server,
    means,
    none_left,
    of_server,
    same_id,
    several_mean,
)
from qq.core.troubles import Trouble
from qq.shell.batch import Batch
from qq.shell.batch.choose import default_name, open_batch
from qq.shell.here import user_name
from qq.shell.present.lines import name_of, places
from qq.shell.records import Records, directories, here

if TYPE_CHECKING:
    from qq.core.explain import Explanation
    from qq.core.history import Cycle
    from qq.core.states import RealState
    from qq.core.why import Why


class Job(Struct, frozen=True):
    """One selected job: where its record stands, what that says, and what its batch system says."""

    info_file: str
    record: JobInfo
    evidence: Evidence
    where: str = ""
    """Its input directory, seen from the current one, if jobs of several were selected."""

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return name_of(self.record, self.where)

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
    def why(self) -> "Why":
        """The evidence that the state follows from, and the rule."""
        from qq.core.why import why

        return why(self.record, self.evidence)

    @property
    def history(self) -> "tuple[Cycle, ...]":
        """The cycles of a loop job, oldest first, as its archive tells them; of any other job none."""
        from qq.shell.history import history

        return tuple(history(self.record))

    @property
    def steps(self) -> tuple[JobStep, ...]:
        """What the batch system keeps account of by itself: the steps of a Slurm job that has begun."""
        import os

        from qq.shell.steps import steps_of

        return tuple(steps_of([self], os.environ).get(self.job_id or "", ()))

    @property
    def _told(self) -> "Explanation":
        from qq.core.explain import explain

        return explain(self.record, self.evidence)

    def __repr__(self) -> str:
        told = self._told
        why, do = f": {told.words}" if told.words else "", f" → {told.next_command}" if told.next_command else ""
        return f"<{self.job_id or 'job without id'} ({self.record.job_name}) {told.state}{why}{do}>"


class Selected(Struct):
    """The jobs, and a line for everything that could not be selected."""

    jobs: list[Job] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    lost: list[Seen] = field(default_factory=list)
    """Live jobs of qq that only the batch system can tell of, and end, if these are wanted, too."""


class _Asking(Struct):
    """What has been read, before the batch systems were asked. ``default``: the engine that typed ids are of."""

    environ: Mapping[str, str]
    default: str = ""
    server: str | None = None
    records: Records = field(default_factory=Records)
    batches: dict[str, Batch | Trouble] = field(default_factory=dict)


Said = dict[tuple[str, str], Evidence]
"""Engine, and id or token → what it says."""


def select(selection: Selection, environ: Mapping[str, str], *, lost: bool = False) -> Selected:
    """Finds the jobs of a selection. ``lost``: live ones without a record are wanted, and no trouble."""
    asked = _asking(selection, environ)
    if isinstance(asked, Failure):
        return Selected(troubles=[asked.failure()])
    asking = asked.unwrap()
    records = asking.records
    for directory in directories(selection, records.troubles):
        records.read_directory(directory)
    if selection.earlier and records.found:
        from qq.shell.remains import left_behind

        records.found |= left_behind(records.found)
    if selection.here and not records.found and not records.troubles:
        records.troubles.append(
            "there is no job in this directory (no *.qqinfo); name a job by its id, or its directory with -d"
        )
    words = [at_server(word, asking.server) if asking.server else word for word in selection.ids]
    nearby = _nearby(words)
    said = _ask_for_all(asking) if selection.all_mine else {}
    _ask(asking, words, nearby, said)
    found = Selected(troubles=records.troubles)
    found.jobs.extend(Job(path, job, _evidence(said, job)) for path, job in records.found.items())
    for word in words:
        _add_by_id(word, said, nearby, found, asking)
    if lost:
        found.lost = [one.seen for one in records.lost.values()]
    else:
        found.troubles += [one.words for one in records.lost.values()]
    if selection.all_mine and not found.lost and not found.jobs and not found.troubles:
        found.troubles.append("you have no jobs that have not ended (qq jobs -a lists the others)")
    return _narrowed(found, selection, asking.server)


def _asking(selection: Selection, environ: Mapping[str, str]) -> Result[_Asking, str]:
    """Whom to ask about what no record tells: to find out takes its time, so only if it matters."""
    if not (selection.ids or selection.all_mine or selection.server):
        return Success(_Asking(environ))
    named = default_name(environ)
    if isinstance(named, Failure):
        return Failure(str(named.failure()))
    if selection.server is None:
        return Success(_Asking(environ, asked_by(named.unwrap())))
    from qq.shell.batch.choose import server_called

    why = why_no_server(named.unwrap())
    server = server_called(selection.server, environ)
    return Failure(why) if why else Success(_Asking(environ, asked_by(named.unwrap()), server))


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
    where = places([job.record for job in jobs], here()) if len(jobs) > 1 else ["" for _ in jobs]
    found.jobs = [replace(job, where=place) if place else job for job, place in zip(jobs, where, strict=True)]
    return found


# --- asking -----------------------------------------------------------------------------------------------------------


def _batch(name: str, asking: _Asking) -> Batch | Trouble:
    if name not in asking.batches:
        result = open_batch(name, asking.environ)
        asking.batches[name] = result.failure() if isinstance(result, Failure) else result.unwrap()
    return asking.batches[name]


def _ask(asking: _Asking, typed: Sequence[str], nearby: Mapping[str, JobInfo], said: Said) -> None:
    """One question to each batch system that is concerned: about its records, and the typed ids to the default one."""
    questions: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    if typed:
        questions[asking.default] = (dict.fromkeys(typed), {})
    for job in (*asking.records.found.values(), *nearby.values()):
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
    engine = asking.default
    batch = _batch(engine, asking)
    if isinstance(batch, Trouble):
        asking.records.troubles.append(str(batch))
        return {}
    result = batch.jobs(user=user_name(), ended=False, server=asking.server)
    if isinstance(result, Failure):
        asking.records.troubles.append(str(result.failure()))
        return {}
    ours = [seen for seen in result.unwrap() if seen.info_file is not None]  # others were not submitted by qq
    for seen in ours:
        asking.records.of(seen)
    return {(engine, key): believed(seen) for seen in ours for key in (seen.job_id, seen.token) if key is not None}


def _key(job: JobInfo) -> tuple[str, str]:
    return asked_by(job.batch_system), job.token if job.job_id is None else job.job_id


def _evidence(said: Said, job: JobInfo) -> Evidence:
    return said.get(_key(job), NotAnswered("it was not asked about this job"))


# --- from an id to its record -----------------------------------------------------------------------------------------


def _nearby(words: Sequence[str]) -> dict[str, JobInfo]:
    """Jobs in the current directory that are meant by a typed id: the batch system may not know them any more."""
    if not words:
        return {}
    nearby = Records()
    nearby.read_directory(here())
    return {path: job for path, job in nearby.found.items() if any(means(word, job.job_id) for word in words)}


def _add_by_id(word: str, said: Said, nearby: Mapping[str, JobInfo], found: Selected, asking: _Asking) -> None:
    engine = asking.default
    evidence = said.get((engine, word), Absent())
    known = {path: job for path, job in {**asking.records.found, **nearby}.items() if means(word, job.job_id)}
    ids = {(asked_by(job.batch_system), str(job.job_id)) for job in known.values()}
    if isinstance(evidence, Seen) and not any(each == engine and same_id(of, evidence.job_id) for each, of in ids):
        ids.add((engine, evidence.job_id))
    if len(ids) > 1:
        asking.records.troubles.append(several_mean(word, sorted(job_id for _, job_id in ids)))
    elif any(job.info_file in known for job in found.jobs):
        return
    elif isinstance(evidence, Seen):
        path = asking.records.of(evidence)
        if path is not None:
            found.jobs.append(Job(path, asking.records.found[path], evidence))
    elif known:
        path, record = next(iter(known.items()))
        asking.records.found[path] = record
        found.jobs.append(Job(path, record, _evidence(said, record)))
    elif isinstance(evidence, NotAnswered):
        asking.records.troubles.append(f"{word}: the batch system could not be asked ({evidence.why})")
    else:
        asking.records.troubles.append(f"{word}: no such job; for one that is long over, use -d with its directory")
