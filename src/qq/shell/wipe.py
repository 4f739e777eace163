"""Deletes working directories that the user wants gone: looks at each on its host, and removes what was agreed to."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from msgspec import Struct, field
from pyrsistent import PVector

from qq.core import wiping
from qq.core.effects import Effect
from qq.core.listing import Listing
from qq.core.moments import Answer, Listed, MarkRead, Removed
from qq.core.records.job import JobInfo, WorkDir
from qq.core.replacing import replace
from qq.core.result import Failure, Result, value_or_none
from qq.core.sites import choose_site
from qq.core.troubles import Trouble
from qq.core.wiping import Wipe
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.record import update_record
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.reach import reached_over
from qq.shell.select import Job
from qq.shell.signals import Signals

Do = Callable[[Effect], Result[Answer | Refusal, Trouble]]
"""Performs an effect, once."""


class Prepared(Struct):
    """What would go, and a line for each directory that would stay."""

    job: Job
    wipes: list[Wipe] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)


def doing(hands: Hands, signals: Signals) -> Do:
    """Performs effects until a signal asks for the end."""
    watch = Watch(interrupted=lambda: signals.first is not None)
    return lambda effect: perform(hands, effect, watch)


def prepare(job: Job, do: Do, environ: Mapping[str, str], *, force: bool = False) -> Prepared:
    """Looks at all working directories of a job; changes nothing. ``force``: also for results nobody has fetched."""
    prepared = Prepared(job)
    template = _template(job.record, environ)
    for of in wiping.directories(job.record):
        seen = _look(job.record, of, do, template, force)
        if isinstance(seen, Failure):
            prepared.stays.append(str(seen.failure()))
        elif (found := seen.unwrap()) is not None:
            prepared.wipes.append(found)
    return prepared


def _look(
    job: JobInfo, of: WorkDir, do: Do, template: Sequence[str], force: bool
) -> Result[Wipe | None, str | Trouble]:
    host = reached_over(job, of.host)
    answers: list[Answer] = []
    for effect in wiping.look(job, of, host):
        answer = do(effect)
        if isinstance(answer, Failure):
            return answer
        answers.append(cast("Answer", answer.unwrap()))
    mark, place = cast("MarkRead", answers[0]), cast("Listed", answers[1])
    return wiping.judge(job, of, host, mark.mark, place.listing or Listing(), template=template, force=force)


def _template(job: JobInfo, environ: Mapping[str, str]) -> PVector[str] | tuple[()]:
    """Where the site puts the working directory of a job with this id: asked for jobs of the older wrapper only."""
    if not job.of_older_wrapper or job.job_id is None:
        return ()
    from qq.core.scratch import gave_it, scratch_candidates
    from qq.shell.configuration import load_setup
    from qq.shell.perform.scratch import home_directory

    site = job.site or value_or_none(
        load_setup(environ).bind(lambda setup: choose_site(setup.sites, job.batch_system, lambda _: True))
    )
    at_site = replace(job, site=site)
    own = [job.work_dir] if job.work_dir and gave_it(at_site, job.job_id, job.work_dir) else []
    return scratch_candidates(at_site, job.job_id, environ, home_directory(environ)).extend(own)


def wipe(prepared: Prepared, do: Do) -> list[str]:
    """Deletes what was shown; gives a line for each directory that stays. The record forgets what is gone."""
    wiped: list[WorkDir] = []
    stays: list[str] = []
    for one in prepared.wipes:
        answer = do(one.effect)
        if isinstance(answer, Failure):
            stays.append(str(answer.failure()))
        elif names := cast("Removed", answer.unwrap()).kept:
            stays.append(wiping.kept(one.of, names))
        else:
            wiped.append(one.of)
    forget(prepared.job, wiped)
    return stays


def forget(job: Job, wiped: Sequence[WorkDir]) -> None:
    """Takes directories that are gone out of the record. If that fails, a later look finds out by itself."""
    token = job.record.token
    if wiped and job.record.earlier_work_dirs:
        update_record(job.info_file, None, lambda disk: wiping.remaining(disk, wiped) if disk.token == token else None)
