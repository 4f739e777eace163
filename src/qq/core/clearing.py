"""What `qq clear` may delete in a directory: runtime files of jobs that are over, and what qq itself left there.

Looks at nothing. Only files that are named after a job or a script of that very directory ever go (SPEC 9).
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.evidence import Absent, Evidence, NotAnswered
from qq.core.job_names import (
    RUNTIME_SUFFIXES,
    is_runtime_name_of,
    looks_like_runtime_file,
    mark_names,
    runtime_files,
    without_suffix,
)
from qq.core.killing import runs_no_more
from qq.core.names import INFO_SUFFIX, LOCK_NAME, MARK_SUFFIX, TEMPORARY_PREFIX
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo
from qq.core.result import Failure
from qq.core.states import RealState
from qq.core.suitability import can_clear
from qq.core.troubles import Reason

IDLE = 60.0
"""Seconds: what qq has not touched for so long is nobody's any more (as with a lock)."""

_OWN = re.compile(
    rf"{re.escape(TEMPORARY_PREFIX)}(?:lock|record)-[0-9a-f]{{16}}"
    rf"|{re.escape(LOCK_NAME)}\.broken-[0-9a-f]+"
    rf"|{re.escape(TEMPORARY_PREFIX)}[0-9a-f]{{12}}-[0-9]+"
)
_RUNTIME = re.compile(
    rf"\.(?P<job>.+){re.escape(MARK_SUFFIX)}(?:\.[a-z]+)?"
    rf"|(?P<stem>.+)(?:{'|'.join(map(re.escape, RUNTIME_SUFFIXES))})",
    re.DOTALL,
)
_CYCLE = re.compile(r"\+[0-9]{4,}(?=\.|\Z)")
_OF_A_JOB = re.compile(rf"{re.escape(TEMPORARY_PREFIX)}([0-9a-f]{{32}})(?:-[a-z]+(?:\.lock(?:\.broken-[0-9a-f]+)?)?)?")


class Standing(Struct, frozen=True):
    """An info file of the directory and what its batch system says. ``job`` None: no record, for this reason."""

    name: str
    job: JobInfo | None
    evidence: Evidence = Absent()
    why: str = ""
    unread: str = ""
    """Why nobody can say whether a job that stopped half-way has results: its mark can't be read."""


class Directory(Struct, frozen=True, kw_only=True):
    """A directory as it is right now."""

    names: frozenset[str]
    records: PVector[Standing] = pvector()
    scripts: frozenset[str] = frozenset()
    """Names of scripts that qq runs."""
    unseen: str | None = None
    """Why files without a record may still be a live job's; None: the batch system knows of no such job."""
    idle: Mapping[str, float]
    """Seconds since anything at or below this temporary name of qq was touched."""
    tokens: Mapping[str, Evidence]
    """What the batch system says of the jobs that temporary names belong to."""


class Kept(Struct, frozen=True):
    """What stays, and why."""

    what: str
    why: str


class Clearing(Struct, frozen=True):
    """What goes: files in the order of their deletion, records last; then temporary names of qq. And what stays."""

    files: PVector[str]
    temporary: PVector[str] = pvector()
    kept: PVector[Kept] = pvector()


def clearing(directory: Directory, *, force: bool = False, idle: float = IDLE) -> Clearing:
    """What a whole directory can do without. ``idle``: seconds after which a temporary name is nobody's any more."""
    judged = [(standing, _why_kept(standing, directory, force)) for standing in directory.records]
    kept = [standing for standing, why in judged if why is not None]
    safe = {name for standing in kept for name in _names_of(standing, directory)}
    going = {name for standing, why in judged if why is None for name in _names_of(standing, directory)} - safe
    orphans = _orphans(directory)
    held = orphans if directory.unseen else _of_kept_scripts(orphans, kept)
    return Clearing(
        _in_order(going | (orphans - held)),
        _temporary(directory, kept, idle),
        pvector(
            [
                *(Kept(_called(standing), why) for standing, why in judged if why is not None),
                *_held(held, directory.unseen),
            ]
        ),
    )


def clearing_of(job: JobInfo, directory: Directory, *, force: bool = False) -> Clearing:
    """What one job of a directory can do without: its own runtime files."""
    own = [one for one in directory.records if one.job is not None and one.job.token == job.token]
    others = [one for one in directory.records if one not in own]
    judged = [(one, _why_kept(one, directory, force)) for one in own]
    safe = {name for one in others for name in _names_of(one, directory)}
    going = {name for one, why in judged if why is None for name in _names_of(one, directory)} - safe
    return Clearing(_in_order(going), kept=pvector(Kept(_called(one), why) for one, why in judged if why is not None))


def mark_may_know_more(job: JobInfo, evidence: Evidence) -> bool:
    """Whether a job stopped while it ran: its mark may hold a code that its record lacks."""
    if job.work_dir is None or job.script_exit_code is not None:
        return False
    return real_state(job, evidence) is RealState.INCONSISTENT


def owned(names: Iterable[str], records: Iterable[tuple[str, JobInfo]]) -> frozenset[str]:
    """The names that are runtime files of these records (name of the info file, job)."""
    return frozenset(names) & {name for info, job in records for name in _files_of(info, job)}


def possible_scripts(names: Iterable[str], runtime: Iterable[str]) -> frozenset[str]:
    """Of the names in a directory, those that these runtime files may be named after, if they are scripts."""
    bases = {base for name in runtime for base in _bases(name)}
    return frozenset(name for name in names if without_suffix(name) in bases and not looks_like_runtime_file(name))


def token_in(name: str) -> str | None:
    """The token of the job that a temporary name of qq belongs to."""
    match = _OF_A_JOB.fullmatch(name)
    return match[1] if match else None


def is_left_behind(name: str) -> bool:
    """Whether a name may be one that qq leaves when it is killed."""
    return token_in(name) is not None or _OWN.fullmatch(name) is not None


# --- pieces -----------------------------------------------------------------------------------------------------------


def _why_kept(standing: Standing, directory: Directory, force: bool) -> str | None:
    """Why the files of this record stay; None: they go."""
    if standing.job is None:
        if not force:
            return f"{standing.why}; look at it: --force removes it"
        return f"{standing.why}; {directory.unseen}" if directory.unseen else None
    if not force and _has_the_only_copy(standing.job, directory):
        where = TEMPORARY_PREFIX + standing.job.token
        return f"has no working directory any more: what was copied home of it stands in {where} (--force drops that)"
    if standing.unread and not force:
        return f"may have results: {standing.unread}; try again when that is mended (--force drops them)"
    verdict = can_clear(standing.job, standing.evidence, force=force)
    return verdict.failure() if isinstance(verdict, Failure) else None


def _has_the_only_copy(job: JobInfo, directory: Directory) -> bool:
    """Whether the results that have no names yet are all that is left of the job's."""
    gone = job.failure is not None and job.failure.number == Reason.WORK_DIR_GONE.number
    return gone and job.script_exit_code is not None and TEMPORARY_PREFIX + job.token in directory.names


def _names_of(standing: Standing, directory: Directory) -> frozenset[str]:
    """The runtime files of a record that stand in the directory."""
    if standing.job is not None:
        return directory.names & _files_of(standing.name, standing.job)
    stem = without_suffix(standing.name)
    return directory.names & {stem + suffix for suffix in RUNTIME_SUFFIXES}


def _files_of(info: str, job: JobInfo) -> frozenset[str]:
    """The names that are a job's own. A record under a foreign name (a copy, an archived one) is just itself."""
    files = runtime_files(job.job_name)
    return frozenset({*files.all, *mark_names(job.job_name)} if info == files.info else {info})


def _bases(name: str) -> Iterable[str]:
    """What the name of a script without its last suffix must be, if this is a runtime file of one of its jobs."""
    match = _RUNTIME.fullmatch(name)
    if match is None:
        return ()
    base = match["stem"] or without_suffix(match["job"])
    return (base, _CYCLE.sub("", base, count=1))


def _orphans(directory: Directory) -> frozenset[str]:
    """Runtime files of the scripts that are no record's."""
    taken = {name for standing in directory.records for name in (standing.name, *_names_of(standing, directory))}
    return frozenset(
        name
        for name in directory.names - taken - directory.scripts
        if any(is_runtime_name_of(script, name) for script in directory.scripts)
    )


def _of_kept_scripts(orphans: frozenset[str], kept: Iterable[Standing]) -> frozenset[str]:
    """Those that may be of another cycle in the chain of a job that stays."""
    scripts = [standing.job.script_name for standing in kept if standing.job is not None]
    return frozenset(name for name in orphans if any(is_runtime_name_of(script, name) for script in scripts))


def _held(names: frozenset[str], unseen: str | None) -> list[Kept]:
    why = unseen or "may belong to the job of the same script that stays"
    return [Kept(", ".join(sorted(names)), why)] if names else []


def _in_order(names: Iterable[str]) -> PVector[str]:
    """Records last: whatever happens, what is left has its record."""
    return pvector(sorted(names, key=lambda name: (name.endswith(INFO_SUFFIX), name)))


def _called(standing: Standing) -> str:
    job = standing.job
    return f"{standing.name}:" if job is None else f"{job.job_id or 'job without id'} ({job.job_name})"


def _temporary(directory: Directory, kept: Iterable[Standing], idle: float) -> PVector[str]:
    """Names of qq's own that nobody works on: untouched for long and, if they are a job's, of one that is over."""
    needed = {standing.job.token for standing in kept if standing.job is not None}
    return pvector(
        name
        for name in sorted(directory.idle)
        if directory.idle[name] > idle and _is_over(token_in(name), needed, directory.tokens)
    )


def _is_over(token: str | None, needed: Iterable[str], said: Mapping[str, Evidence]) -> bool:
    return token is None or (token not in needed and runs_no_more(said.get(token, NotAnswered("it was not asked"))))
