"""What a submission would do: reads script and directory, and decides (``qq.core.submission``). Writes nothing."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock

from msgspec import Struct, field
from pyrsistent import PVector, pmap, pvector

from qq._version import VERSION
from qq.core.batch_defaults import BatchDefaults, at_site, too_long
from qq.core.choices import Choices, Written, merge_choices
from qq.core.job_names import is_runtime_name_of
from qq.core.names import INFO_SUFFIX, MARK_SUFFIX
from qq.core.paths import join
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo
from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.core.request import Request
from qq.core.result import Failure, Faults, Result, Success, fault
from qq.core.states import JobType, RealState, RecordState
from qq.core.submission.circumstances import ArchiveIs, Circumstances, InputDirectory, RecordSeen
from qq.core.submission.loop import archive_path
from qq.core.submission.new_job import Submission, new_job
from qq.core.submission.request import info_path, qq_command, request_for, submitters_environment
from qq.core.submission.sources import Said, effective_choices, read_script
from qq.core.submission.warnings import warnings
from qq.core.troubles import Trouble
from qq.shell.batch import Batch
from qq.shell.batch.choose import open_batch
from qq.shell.configuration import Setup, site_of
from qq.shell.here import is_shared, regular_bytes

Wrong = Trouble | Faults
"""Why nothing comes of a script: something in the world, or all that is wrong with what was asked for."""

MAX_SCRIPT = 16 * 1024 * 1024
"""Bytes. What is larger is no script."""


class Batches(Struct):
    """Batch systems that were opened already: all scripts of a command share them."""

    lock: Lock = field(default_factory=Lock)
    opened: dict[str, Result[Batch, Trouble]] = field(default_factory=dict)
    said: dict[tuple[str, str | None, str | None], Result[BatchDefaults, Trouble]] = field(default_factory=dict)

    def open(self, name: str, environ: Mapping[str, str]) -> Result[Batch, Trouble]:
        """The batch system with this name."""
        with self.lock:
            if name not in self.opened:
                self.opened[name] = open_batch(name, environ)
            return self.opened[name]

    def defaults(
        self, name: str, queue: str | None, server: str | None, environ: Mapping[str, str]
    ) -> Result[BatchDefaults, Trouble]:
        """What jobs of a queue get where they do not say: asked once per command."""
        batch = self.open(name, environ)
        if isinstance(batch, Failure):
            return Success(BatchDefaults())
        with self.lock:
            key = (name, queue, server)
            if key not in self.said:
                self.said[key] = batch.unwrap().defaults(queue, server)
            return self.said[key]


class Submitter(Struct, frozen=True, kw_only=True):
    """What all scripts of one command have in common."""

    setup: Setup
    environ: Mapping[str, str]
    directory: str
    """The current one; names of scripts count from it."""
    host: str
    user: str
    umask: int
    qq_path: str
    batches: Batches = field(default_factory=Batches)
    choices: Choices = Choices()
    """What the command line says."""
    written: PVector[Written] = pvector()
    alone: bool = False
    """As if no other job stood in the directories, nor anything of one: only for showing what would be."""


class Script(Struct, frozen=True):
    """A script as it stands, and what it says."""

    input_dir: str
    name: str
    said: Said


class Plan(Struct, frozen=True, kw_only=True):
    """What a submission would do."""

    submission: Submission
    request: Request
    warnings: PVector[str]


def preview(script: str, submitter: Submitter) -> Result[Plan, Wrong]:
    """What ``submit`` would do now. Nothing is written."""
    found = read(script, submitter)
    return found if isinstance(found, Failure) else decide(found.unwrap(), submitter)


# --- gather -----------------------------------------------------------------------------------------------------------


def read(script: str, submitter: Submitter) -> Result[Script, Faults]:
    """The script, from the directory that it lies in: links in its path are not followed."""
    if not script:
        return fault("''", "this names no script")
    path = join(submitter.directory, script)
    text = _text(path, script)
    if isinstance(text, Failure):
        return text
    input_dir, name = os.path.split(path)
    return read_script(text.unwrap(), script).map(lambda said: Script(input_dir, name, said))


def directory_of(script: str, submitter: Submitter) -> str:
    """The input directory of a script, as messages call it."""
    return os.path.split(join(submitter.directory, script))[0]


def _text(path: str, shown: str) -> Result[str, Faults]:
    try:
        data = regular_bytes(path, MAX_SCRIPT + 1)
    except OSError as error:
        return fault(shown, f"the script can't be read: {(error.strerror or str(error)).lower()}")
    if len(data) > MAX_SCRIPT:
        return fault(shown, "this is too large for a script")
    try:
        return Success(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return fault(f"{shown}, line {line}", f"the script is not UTF-8 (byte {error.start}); save it as UTF-8")


def _directory(script: Script, choices: Choices, submitter: Submitter) -> Result[InputDirectory, Faults]:
    try:
        with os.scandir(script.input_dir) as found:
            entries = [*found]
        names = frozenset(entry.name for entry in entries)
        if submitter.alone:
            names = frozenset(name for name in names if not is_runtime_name_of(script.name, name))
        archive = archive_path(choices, script.input_dir) if choices.job_type is JobType.LOOP else None
        return Success(
            InputDirectory(
                path=script.input_dir,
                names=names,
                links=pmap({entry.name: str(Path(entry.path).readlink()) for entry in entries if entry.is_symlink()}),
                records=pvector() if submitter.alone else _records(script.input_dir, names, submitter),
                archive_names=_archive_names(archive),
                archive_is=_archive_is(archive, script.input_dir),
                in_work_dir=not submitter.alone and _in_work_dir(script.input_dir),
            )
        )
    except OSError as error:
        return fault(os.fsdecode(error.filename or script.input_dir), f"the directory can't be read: {error.strerror}")


def _in_work_dir(directory: str) -> bool:
    """A mark stands beside a working directory."""
    return any(os.path.lexists(f"{place}{MARK_SUFFIX}") for place in (directory, *Path(directory).parents))


def _records(directory: str, names: Iterable[str], submitter: Submitter) -> PVector[RecordSeen]:
    return pvector(_seen(directory, name, submitter) for name in sorted(names) if name.endswith(INFO_SUFFIX))


def _seen(directory: str, name: str, submitter: Submitter) -> RecordSeen:
    from qq.shell.perform.readrecord import read_record  # loads YAML, for which most submissions have no use

    found = read_record(join(directory, name))
    if isinstance(found, Failure):
        return RecordSeen(name, None, str(found.failure()))
    job = found.unwrap()[0]
    return RecordSeen(name, job, state=None if job.state is RecordState.FINISHED else _state(job, submitter))


def _state(job: JobInfo, submitter: Submitter) -> RealState | None:
    """What is really so: the job is in the way, so people want to know."""
    batch = submitter.batches.open(job.batch_system, submitter.environ)
    if isinstance(batch, Failure):
        return None
    ids, tokens = ([job.job_id], []) if job.job_id else ([], [job.token])
    return real_state(job, next(iter(batch.unwrap().look(ids, tokens).values())))


def _archive_names(archive: str | None) -> PVector[bytes]:
    if archive is None:
        return pvector()
    try:
        return pvector(entry.name for entry in os.scandir(os.fsencode(archive)))
    except (FileNotFoundError, NotADirectoryError):
        return pvector()


def _archive_is(archive: str | None, input_dir: str) -> ArchiveIs:
    if archive is None:
        return ArchiveIs.ABSENT
    try:
        os.lstat(archive)
    except NotADirectoryError:  # it would be below a file
        return ArchiveIs.SOMETHING_ELSE
    except OSError:
        return ArchiveIs.ABSENT
    if not Path(archive).is_dir():
        return ArchiveIs.SOMETHING_ELSE
    return ArchiveIs.INPUT_DIR if Path(archive).samefile(input_dir) else ArchiveIs.DIRECTORY


# --- decide -----------------------------------------------------------------------------------------------------------


def decide(script: Script, submitter: Submitter) -> Result[Plan, Wrong]:
    """What is to be done for a script, in its directory as it is now."""
    said = merge_choices([submitter.choices, script.said.choices, submitter.setup.configuration.defaults])
    named = said.batch_system or submitter.environ.get("QQ_BATCH_SYSTEM")
    found = site_of(submitter.setup, named, submitter.environ)
    if isinstance(found, Failure):
        return found
    site = found.unwrap()
    answer = _ask_site(site, said, submitter)
    if isinstance(answer, Failure):
        return answer
    return _decide(script, submitter, at_site(site, answer.unwrap()), answer.unwrap())


def _ask_site(site: Site, said: Choices, submitter: Submitter) -> Result[BatchDefaults, Trouble]:
    """What the site's batch system says of itself."""
    queue, server = said.queue or site.default_queue, said.server and site.servers.get(said.server, said.server)
    return submitter.batches.defaults(site.batch_system, queue, server, submitter.environ)


def _decide(script: Script, submitter: Submitter, site: Site, gives: BatchDefaults) -> Result[Plan, Faults]:
    configured = submitter.setup.configuration.defaults
    defaults = (gives.queue, gives.server)
    choices = effective_choices(submitter.choices, script.said.choices, configured, site, defaults)
    circumstances = Circumstances(
        now=datetime.now(),
        user=submitter.user,
        host=submitter.host,
        token=os.urandom(16).hex(),
        umask=submitter.umask,
        qq_version=VERSION,
        qq_path=submitter.qq_path,
        input_shared=is_shared(script.input_dir, site),
        site=site,
        settings=submitter.setup.configuration.settings,
    )
    return _directory(script, choices, submitter).bind(
        lambda directory: new_job(script.name, choices, directory, circumstances).map(
            lambda submission: _warned(
                _plan(submission, choices, script, submitter, circumstances, links=directory.links), gives
            )
        )
    )


def _plan(
    submission: Submission,
    choices: Choices,
    script: Script,
    submitter: Submitter,
    circumstances: Circumstances,
    *,
    links: Mapping[str, str],
) -> Plan:
    job = submission.job
    env = submitters_environment(submitter.environ, circumstances.input_shared)
    request = request_for(job, qq_command=qq_command(job), info_file=info_path(job), env=env)
    written = submitter.written + script.said.written
    absent = [path for path in job.included if not os.path.lexists(path)]
    said = warnings(job, choices, written, input_shared=circumstances.input_shared, links=links, absent=absent)
    return Plan(submission=submission, request=request, warnings=script.said.foreign + said)


def _warned(plan: Plan, gives: BatchDefaults) -> Plan:
    job = plan.submission.job
    long = too_long(job.resources.walltime, job.queue, gives)
    return plan if long is None else replace(plan, warnings=plan.warnings.append(long))
