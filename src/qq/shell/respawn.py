"""Submits failed and killed jobs again: the old job's runtime files wait aside, and come back if that is refused.

At every moment the directory holds a record: the old one is replaced by the new one in one step, and back.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field
from pyrsistent import PVector, pvector

from qq._version import VERSION
from qq.core.directives import check_script
from qq.core.effects import Version
from qq.core.evidence import Evidence
from qq.core.job_names import runtime_files
from qq.core.paths import join, to_bytes
from qq.core.records.job import JobInfo
from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.core.respawning import Anew, aside, dependencies, files_of, respawned
from qq.core.result import Failure, Result, Success, failed, value_or_none
from qq.core.selection import is_info_name
from qq.core.submission.circumstances import InputDirectory, RecordSeen
from qq.core.submission.one_job import may_submit
from qq.core.submission.request import info_path, qq_command, request_for, submitters_environment
from qq.core.troubles import Reason, Trouble
from qq.shell import wipe
from qq.shell.astray import in_place
from qq.shell.configuration import Setup, site_of
from qq.shell.here import host_name, is_shared, own_path, regular_bytes
from qq.shell.perform.failing import Halt, trouble_of
from qq.shell.perform.lock import Held, LockedError, directory_lock
from qq.shell.perform.readrecord import found_at
from qq.shell.perform.record import record_text, update_record, write_text
from qq.shell.perform.remove import clear_tree
from qq.shell.perform.watch import Watch
from qq.shell.select import Job
from qq.shell.submission import MAX_SCRIPT, Batches

PATIENCE = 90.0
"""Seconds that a command waits for another one in the same directory."""


class Respawner(Struct, frozen=True, kw_only=True):
    """What all jobs of one command have in common."""

    setup: Setup
    environ: Mapping[str, str]
    said: Mapping[str, Evidence]
    """Of the jobs that the others depend on."""
    batches: Batches = field(default_factory=Batches)


class Prepared(Struct, frozen=True, kw_only=True):
    """A job that can be submitted again, and what would happen."""

    job: Job
    version: Version
    new: JobInfo
    files: PVector[str]
    wiping: wipe.Prepared


class Respawned(Struct, frozen=True):
    """The new job's id, and a line for each thing of the old job that stays."""

    job_id: str
    stays: list[str]


def ask_dependencies(jobs: Sequence[Job], environ: Mapping[str, str], batches: Batches) -> Mapping[str, Evidence]:
    """What the batch systems say of the jobs that these depend on: one question to each."""
    said: dict[str, Evidence] = {}
    for name in sorted({job.record.batch_system for job in jobs}):
        depend = (one for job in jobs if job.record.batch_system == name for one in job.record.depend)
        ids = sorted({each for one in depend for each in one.ids})
        batch = value_or_none(batches.open(name, environ)) if ids else None
        said |= batch.look(ids) if batch else {}
    return said


# --- looking ----------------------------------------------------------------------------------------------------------


def prepare(job: Job, respawner: Respawner, do: wipe.Do) -> Result[Prepared, str]:
    """Looks at everything that is concerned; changes nothing. A failure is a sentence about the job."""
    why = _why_not_here(job)
    if why is not None:
        return Failure(why)
    found = found_at(job.info_file)
    if isinstance(found, Failure) or found.unwrap().job != job.record:
        return Failure("was changed by another command just now; try again")
    new = _new(job.record, respawner)
    if isinstance(new, Failure):
        return new
    return Success(
        Prepared(
            job=job,
            version=found.unwrap().version,
            new=new.unwrap(),
            files=files_of(job.record, _names(job.record.input_dir)),
            wiping=wipe.prepare(job, do, respawner.environ, force=True),
        )
    )


def _why_not_here(job: Job) -> str | None:
    """Whether its input directory is as it has to be for a submission."""
    record = job.record
    astray = failed(in_place(job, "respawn"))
    if astray is not None:
        return astray
    try:
        if not Path(info_path(record)).samefile(job.info_file):
            return f"is a job of {record.input_dir}, and its info file lies elsewhere; submit the script again"
        script = regular_bytes(join(record.input_dir, record.script_name), MAX_SCRIPT)
    except OSError as error:
        return f"can't be submitted again: {error.filename}: {(error.strerror or str(error)).lower()}"
    shebang = check_script(script.decode("utf-8", "surrogateescape"), record.script_name)
    if isinstance(shebang, Failure):
        return f"can't be submitted again: {shebang.failure()[0]}"
    return _others(record)


def _others(record: JobInfo) -> str | None:
    """Whether another job stands in the directory, other than a finished one that this one continues."""
    own = runtime_files(record.job_name).info
    seen = [
        RecordSeen(name, value_or_none(found_at(join(record.input_dir, name)).map(lambda found: found.job)))
        for name in sorted(_names(record.input_dir))
        if is_info_name(name) and name != own
    ]
    cycle = record.loop.current if record.loop else None
    place = InputDirectory(path=record.input_dir, records=pvector(seen))
    allowed = may_submit(record.script_name, record.job_type, cycle, place)
    return f"can't be submitted again: {allowed.failure()[0]}" if isinstance(allowed, Failure) else None


def _names(directory: str) -> frozenset[str]:
    with suppress(OSError), os.scandir(directory) as entries:
        return frozenset(entry.name for entry in entries)
    return frozenset()


def _new(job: JobInfo, respawner: Respawner) -> Result[JobInfo, str]:
    depend = dependencies(job, respawner.said)
    if isinstance(depend, Failure):
        return depend
    site = site_of(respawner.setup, job.batch_system, respawner.environ)
    if isinstance(site, Failure) and job.site is None:
        return Failure(f"can't be submitted again: {site.failure()[0]}")
    path = own_path()
    if path is None:
        return Failure("can't be submitted again: the qq command can't be found; install qq, or put it on PATH")
    anew = Anew(
        now=datetime.now(),
        token=os.urandom(16).hex(),
        host=host_name(),
        qq_version=VERSION,
        qq_path=path,
        depend=depend.unwrap(),
        site=job.site or site.unwrap(),
        settings=respawner.setup.configuration.settings,
    )
    return Success(respawned(job, anew))


# --- doing ------------------------------------------------------------------------------------------------------------


def respawn(prepared: Prepared, respawner: Respawner, do: wipe.Do) -> Result[Respawned, Trouble]:
    """Submits the job; then deletes what is left of the old one. Refused: everything is as it was."""
    new, old = prepared.new, prepared.job.record
    batch = respawner.batches.open(new.batch_system, respawner.environ)
    if isinstance(batch, Failure):
        return batch
    reserved = _reserve(prepared)
    if isinstance(reserved, Failure):
        return reserved
    site = new.site
    env = submitters_environment(respawner.environ, isinstance(site, Site) and is_shared(new.input_dir, site))
    request = request_for(new, qq_command=qq_command(new), info_file=info_path(new), env=env)
    answer = batch.unwrap().submit(request)
    if isinstance(answer, Failure):
        return Failure(_not_submitted(prepared, answer.failure()))
    _add_id(new, answer.unwrap())
    stays = [*_cleared(old), *wipe.wipe(_of_new(prepared), do)]
    return Success(Respawned(answer.unwrap(), stays))


def _reserve(prepared: Prepared) -> Result[None, Trouble]:
    """Sets the old files aside and puts the new record in the old one's place, if nothing has changed since."""
    old, place = prepared.job.record, info_path(prepared.job.record)
    try:
        with directory_lock(old.input_dir, PATIENCE) as held:
            found = value_or_none(found_at(place))
            if found is None or found.version != prepared.version or _others(old) is not None:
                words = f"{old.input_dir}: another command has changed this directory just now; try again"
                return Failure(Trouble(Reason.LOCKED, words, transient=True))
            try:
                _set_aside(prepared)
                write_text(place, record_text(prepared.new), held)
            except OSError:
                _put_back(old, held)
                raise
            return Success(None)
    except LockedError:
        words = f"{old.input_dir}: another command has been changing this directory for {PATIENCE:.0f} s; try again"
        return Failure(Trouble(Reason.LOCKED, words, transient=True))
    except OSError as error:
        return Failure(trouble_of(error, f"{old.input_dir}: the job can't be submitted again"))


def _set_aside(prepared: Prepared) -> None:
    """Renames the old files into a directory of qq's own beside them. The record stays, and gets a second name there.

    What an earlier try that was killed set aside is there already.
    """
    old = prepared.job.record
    directory, place = Path(aside(old)), Path(info_path(old))
    directory.mkdir(exist_ok=True)
    kept = directory / place.name
    kept.unlink(missing_ok=True)
    try:
        os.link(place, kept, follow_symlinks=False)
    except OSError:  # no hard links here
        shutil.copy2(place, kept, follow_symlinks=False)
    for name in prepared.files:
        with suppress(FileNotFoundError):
            place.with_name(name).rename(directory / name)


def _put_back(old: JobInfo, held: Held) -> None:
    """Everything is as it was. The record comes first: it takes the place of the new one."""
    directory, place = Path(aside(old)), Path(info_path(old))
    held.check()
    with suppress(FileNotFoundError):
        (directory / place.name).rename(place)
        # A link and its second name are one file, which rename(2) leaves where both are.
        (directory / place.name).unlink(missing_ok=True)
    for name in sorted(_names(str(directory))):
        (directory / name).rename(place.with_name(name))
    with suppress(FileNotFoundError):
        directory.rmdir()


def _not_submitted(prepared: Prepared, trouble: Trouble) -> Trouble:
    """After a definite no everything comes back; without an answer the job may be there."""
    old, new = prepared.job.record, prepared.new
    if trouble.reason is Reason.BATCH_NOT_ANSWERING:
        also = f"'qq info' in {old.input_dir} tells; the old runtime files are kept in {aside(old)}"
        return replace(trouble, words=f"{trouble}; the job may have been submitted all the same: {also}")
    try:
        with directory_lock(old.input_dir, PATIENCE) as held:
            found = value_or_none(found_at(info_path(new)))
            if found is not None and found.job == new:
                _put_back(old, held)
                return replace(trouble, words=f"{trouble}; everything is as it was")
        left = "the info file is another job's by now"
    except OSError as error:
        left = (error.strerror or str(error)).lower()
    return replace(trouble, words=f"{trouble}; also: {left}; the old runtime files are in {aside(old)}")


def _add_id(new: JobInfo, job_id: str) -> None:
    """If this fails, the job claims its record itself, by its token."""

    def change(disk: JobInfo) -> JobInfo | None:
        return replace(disk, job_id=job_id) if disk.token == new.token and disk.job_id is None else None

    update_record(info_path(new), None, change)


def _cleared(old: JobInfo) -> list[str]:
    try:
        clear_tree(to_bytes(aside(old)), Watch())
    except Halt as ended:
        return [str(ended.trouble)]
    except OSError as error:
        return [str(trouble_of(error, f"{aside(old)} can't be removed"))]
    return []


def _of_new(prepared: Prepared) -> wipe.Prepared:
    """What is wiped is the new record's to forget."""
    return replace(prepared.wiping, job=Job(info_path(prepared.new), prepared.new, prepared.job.evidence))
