"""Waits until jobs end."""

import time
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from qq.core.evidence import NotAnswered
from qq.core.explain import Explanation, explain, selector
from qq.core.killing import runs_no_more
from qq.core.lifecycle.decisions import next_token
from qq.core.replacing import replace
from qq.core.report import Kind, Report, Reports
from qq.core.selection import Selection
from qq.core.states import RealState
from qq.core.troubles import Reason
from qq.shell.commands.face import SILENT, Face
from qq.shell.commands.picking import Picked, pick, report_of
from qq.shell.select import Job
from qq.shell.watching import ask_again, pauses, read_again, successor


class _Waiting(Struct):
    """Which jobs are waited for still."""

    chain: bool
    picked: Picked
    environ: Mapping[str, str]
    jobs: list[Job] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)


def wait(
    chosen: Selection,
    environ: Mapping[str, str],
    *,
    chain: bool = True,
    timeout: float | None = None,
    face: Face = SILENT,
) -> Reports[Explanation]:
    """Waits until all jobs of a selection have ended; each is told of when it has. ``timeout``: seconds.

    ``chain``: a loop or continuous job has ended when the last job of its chain has.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    picked = pick(chosen, environ, face)
    picked.named -= _followers(picked.jobs)
    waiting = _Waiting(chain, picked, environ, list(picked.jobs), {job.record.token for job in picked.jobs})
    _drop_unasked(waiting)
    _wait(waiting, deadline)
    for job in waiting.jobs:
        goes_on = f"it goes on; qq wait {selector(job.record)}"
        picked.tell(_report(job, Kind.FAILED, "still there", f"has not ended yet: gave up waiting ({goes_on})"))
    return picked.ended("waited for")


def _followers(jobs: Sequence[Job]) -> int:
    """How many of these jobs follow another one of them: a chain counts as one job."""
    following = {next_token(job.record) for job in jobs}
    return sum(job.record.token in following for job in jobs)


def _report(job: Job, kind: Kind, did: str, words: str, told: Explanation | None = None) -> Report[Explanation]:
    return report_of(job, kind, did, words, detail=told)


def _drop_unasked(waiting: _Waiting) -> None:
    """Nobody can say when a job ends whose batch system does not even answer the first time."""
    for job in list(waiting.jobs):
        if isinstance(job.evidence, NotAnswered):
            words = f"the batch system could not be asked ({job.evidence.why})"
            waiting.picked.tell(_report(job, Kind.FAILED, "failed", words))
            waiting.jobs.remove(job)


def _wait(waiting: _Waiting, deadline: float | None) -> None:
    _settle(waiting)
    for pause in pauses(waiting.jobs):
        if not waiting.jobs or (deadline is not None and time.monotonic() + pause > deadline):
            return
        time.sleep(pause)
        waiting.jobs = ask_again(waiting.jobs, waiting.environ)
        _settle(waiting)


def _settle(waiting: _Waiting) -> None:
    """Tells of the jobs that are over, and takes up what follows them."""
    while over := [job for job in waiting.jobs if runs_no_more(job.evidence)]:
        waiting.jobs = [job for job in waiting.jobs if not runs_no_more(job.evidence)]
        following = [job for each in over for job in _end_of(each, waiting)]
        waiting.jobs += ask_again(following, waiting.environ)


def _end_of(job: Job, waiting: _Waiting) -> Iterator[Job]:
    now = read_again(job)
    following = successor(now or job)
    told = _how_it_ended(job, now, following)
    well = told.reason is None and told.state is RealState.FINISHED
    why = f": {told.words}" if told.words else ""
    do = f" ({told.next_command})" if told.next_command else ""
    report = _report(
        _as_known(now or job, now, following),
        Kind.DONE if well else Kind.FAILED,
        str(told.state),
        f"is {told.state}{why}{do}",
        told,
    )
    waiting.picked.tell(report)
    if waiting.chain and following is not None and following.record.token not in waiting.tokens:
        waiting.tokens.add(following.record.token)
        yield replace(following, where=job.where)


def _how_it_ended(job: Job, now: Job | None, following: Job | None) -> Explanation:
    if now is not None:
        return explain(now.record, now.evidence)
    if following is not None:  # its record gave way to the next one's: that happens to finished jobs only
        return Explanation(state=RealState.FINISHED)
    gone = f"the job is over, and its info file {job.info_file} is gone: it was cleared"
    return Explanation(state=RealState.UNKNOWN, reason=Reason.NO_SUCH_FILE, words=gone)


def _as_known(job: Job, now: Job | None, following: Job | None) -> Job:
    """The job with the id to call it by: it may have got that only after it was looked at first."""
    if now is None and following is not None and job.record.job_id is None:
        return replace(job, record=replace(job.record, job_id=following.record.previous))
    return job
