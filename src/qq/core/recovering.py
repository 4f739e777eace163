"""What a recovery is going to do, in words, before it does it. The doing is ``decide``'s, as in every other life."""

from pyrsistent import PVector, pvector

from qq.core.amounts import files_text
from qq.core.lifecycle.decide import Step
from qq.core.lifecycle.decisions import (
    effective_code,
    next_cycle,
    next_token,
    should_archive,
    should_resubmit,
    should_transfer,
    uses_scratch,
)
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.listing import Listing
from qq.core.paths import to_text
from qq.core.records.job import JobInfo
from qq.core.states import RecordState
from qq.core.troubles import Trouble
from qq.core.wiping import content

_TO_THE_END = (Phase.CODE, Phase.SORT)
_REST = (Phase.LOOKUP, Phase.INTEND, Phase.SUBMIT)
NEW_ATTEMPT = (Phase.RESTART_LOOK, Phase.RESTART_RECORD)
"""What a recovery begins with that starts the job anew: it is done only if that was told beforehand."""


def recovery_words(
    step: Step, trouble: Trouble | None = None, next_id: str | None = None, seen: Listing | None = None
) -> PVector[str]:
    """The recovery that a step (after looking at the mark) begins; nothing where there is nothing to do.

    ``trouble``: why the mark could not be looked at; ``next_id``: that of the next job, which was submitted already.
    ``seen``: what stands at the name of the working directory (see ``wiping.look``); None: that is not known.
    """
    run = step.run
    if run is None or step.exit_code is not None:
        return pvector()
    if run.phase in _TO_THE_END:
        return pvector(_finish(run))
    if run.phase in _REST:
        return pvector([_next(run.job)] if next_id is None else [f"note that the next job is {next_id}", *_remove(run)])
    if run.phase is Phase.REMOVE:
        return pvector(_remove(run))
    return pvector([*([str(trouble)] if trouble else []), *_restart(run, seen)])


def submits(job: JobInfo, other: JobInfo) -> bool:
    """Whether recovering a job submits the other one: the next of its chain, which the batch system never got."""
    return other.job_id is None and other.token == next_token(job)


def _finish(run: Run) -> list[str]:
    job, code = run.job, run.code or 0
    words = [f"the script had ended with exit code {code}"]
    if should_archive(job, code):
        words.append("archive the files of the cycle")
    if should_transfer(job, code):
        words.append(f"bring the results home from {run.at_work}, verify them, and remove that directory")
    elif uses_scratch(job):
        words.append(f"bring {job.stdout_file} and {job.stderr_file} home; {run.at_work} stays")
    words.append(f"record the job as {'finished' if effective_code(job, code) == 0 else 'failed'}")
    if should_resubmit(job, code):
        words.append("no next job, since the user killed this one" if job.killed_by else _next(job))
    return words


def _remove(run: Run) -> list[str]:
    if not uses_scratch(run.job):
        return [f"remove its mark {run.at_mark} and the lists beside it"]
    return [f"remove what is left of the working directory {run.at_work}"] if run.job.delivered is not None else []


def _next(job: JobInfo) -> str:
    cycle = next_cycle(job)
    return "submit the next job" if cycle is None else f"submit cycle {cycle}"


def restarts(run: Run) -> bool:
    """Whether what a recovery begins is a new attempt, which leaves a working directory on scratch behind."""
    return run.phase is Phase.RESTART_LOOK and uses_scratch(run.job) and run.job.work_dir is not None


def _restart(run: Run, seen: Listing | None) -> list[str]:
    started = run.job.state is not RecordState.QUEUED  # so it says right before the script is started
    words = ["nobody knows how the script ended, if it began" if started else "the script never began"]
    if restarts(run):
        words += _kept(run, seen)
    return [*words, f"submit the job again, as attempt {run.job.attempt + 1}, from the input directory"]


def _kept(run: Run, seen: Listing | None) -> list[str]:
    stands = content(run.work_dir, seen) if seen is not None else None
    if seen is not None and stands is None:
        return [f"there is no working directory {run.at_work}"]
    keep = f"keep {run.at_work} as it is"
    if stands is not None:
        newest = ", ".join(to_text(entry.path) for entry in stands.newest)
        keep += f": {files_text(stands.files, stands.size)}{', the newest of them ' if newest else ''}{newest}"
    return [f"bring {run.job.stdout_file} and {run.job.stderr_file} home", keep]
