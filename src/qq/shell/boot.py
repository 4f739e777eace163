"""Gathers what a life begins with: the record, who we are in the batch system's eyes, and where scratch may be."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from qq.core.effects import Location, ReadRecord, Version
from qq.core.moments import Booted, RecordFound
from qq.core.node import NODE_FILE, job_id_variable, nodes_of
from qq.core.records.job import JobInfo
from qq.core.records.site import Settings
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success
from qq.core.retrying import wait_before_next_try
from qq.core.schedulers.pbs_environment import handed_on
from qq.core.scratch import scratch_candidates
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.others import Others
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.scratch import first_writable, home_directory, taken
from qq.shell.perform.watch import Watch
from qq.shell.signals import Signals, sleep_until_asked
from qq.shell.telling import say

Read = tuple[JobInfo, Version]
_NEEDED = ("QQ_INFO", "QQ_INPUT_MACHINE", "QQ_BATCH_SYSTEM")


def boot(environ: Mapping[str, str], signals: Signals, now: datetime, others: Others) -> Result[Booted, Trouble]:
    """The moment with which a life begins. A failure: nothing can be known, so nothing may be written (exit 92)."""
    environ = handed_on(environ)
    batch_system = environ.get("QQ_BATCH_SYSTEM", "")
    needed = (*_NEEDED, job_id_variable(batch_system))
    missing = [name for name in needed if not environ.get(name)]
    if missing:
        return Failure(Trouble(Reason.RECORD_UNREADABLE, f"the batch system did not hand on {', '.join(missing)}"))
    here = _this_host(batch_system, environ)
    machine = environ["QQ_INPUT_MACHINE"]
    record_at = Location(environ["QQ_INFO"], None if _is_shared(environ) or machine == here else machine)
    read = _record(record_at, signals, others).bind(lambda found: _complete(found, environ))
    return read.map(lambda found: _booted(found, record_at, here, environ, now))


def _booted(found: Read, record_at: Location, here: str, environ: Mapping[str, str], now: datetime) -> Booted:
    job, version = found
    if job.umask is not None:
        os.umask(job.umask)
    batch_system = environ["QQ_BATCH_SYSTEM"]
    job_id = environ[job_id_variable(batch_system)]
    scratch = first_writable(scratch_candidates(job, job_id, environ, home_directory(environ)))
    return Booted(
        record=job,
        version=version,
        record_at=record_at,
        token=environ.get("QQ_TOKEN") or None,
        job_id=job_id,
        batch_system=batch_system,
        host=here,
        nodes=nodes_of(batch_system, environ, here, _node_file(environ)),
        scratch=scratch,
        taken=frozenset() if scratch is None else taken(scratch),
        input_shared=_is_shared(environ),
        now=now,
    )


def _node_file(environ: Mapping[str, str]) -> str:
    """The hosts that the batch system gave to the job, as it wrote them down."""
    try:
        return Path(environ[NODE_FILE]).read_text(encoding="utf-8", errors="surrogateescape")
    except (KeyError, OSError):
        return ""


def _is_shared(environ: Mapping[str, str]) -> bool:
    """Whether all nodes see the input directory under its own path."""
    return bool(environ.get("QQ_SHARED_SUBMIT"))


def _this_host(batch_system: str, environ: Mapping[str, str]) -> str:
    """This host as records name it. A local job runs where it was submitted, whatever name a laptop has today."""
    machine = environ["QQ_INPUT_MACHINE"]
    if batch_system == "local":
        return machine
    from qq.shell.here import host_name
    from qq.shell.reach import is_this_host

    return machine if is_this_host(machine) else host_name()


def _record(at: Location, signals: Signals, others: Others) -> Result[Read, Trouble]:
    """The record, tried again where that may help (it says only later how often)."""
    tries = 0
    while True:
        found = read_record(at.path) if at.host is None else _far_record(at, at.host, signals, others)
        tries += 1
        wait = _wait(found.failure(), at, tries) if isinstance(found, Failure) else None
        if wait is None:
            return found
        say(f"{found.failure()}; trying again in {wait:.0f} s")
        if sleep_until_asked(signals, wait):
            return found


def _far_record(at: Location, host: str, signals: Signals, others: Others) -> Result[Read, Trouble]:
    """The record, read by the host that has it."""
    from qq.shell.perform.asking import ask

    watch = Watch(interrupted=lambda: signals.first is not None)
    asked = ask(others, host, ReadRecord((Location(at.path),)), watch)
    if isinstance(asked, Failure):
        return Failure(asked.failure())
    answer = asked.unwrap()
    if isinstance(answer, RecordFound) and answer.job is not None and answer.version is not None:
        return Success((answer.job, answer.version))
    return Failure(Trouble(Reason.NO_SUCH_FILE, f"{at}: there is no such info file"))


def _wait(trouble: Trouble, at: Location, tries: int) -> float | None:
    return wait_before_next_try(
        ReadRecord((at,)),
        trouble,
        tries,
        settings=Settings(),
        staging_in=True,
        seconds_left=None,
        chance=0.5,
    )


def _complete(found: Read, environ: Mapping[str, str]) -> Result[Read, Trouble]:
    """The older wrapper's records have neither site nor settings: only for them the node's configuration is read."""
    job, version = found
    if job.site is not None and job.settings is not None:
        return Success(found)
    from qq.shell.configuration import load_setup, site_of

    setup = load_setup(environ)
    site = setup.bind(lambda known: site_of(known, job.batch_system, environ))
    if isinstance(setup, Failure) or isinstance(site, Failure):
        faults = setup.failure() if isinstance(setup, Failure) else site.failure()
        return Failure(Trouble(Reason.RECORD_INVALID, "; ".join(map(str, faults))))
    settings = job.settings or setup.unwrap().configuration.settings
    return Success((replace(job, site=job.site or site.unwrap(), settings=settings), version))
