"""What a run learns before the script starts."""

from pyrsistent import pvector

from qq.core.effects import ReadMark
from qq.core.exitcodes import TROUBLE
from qq.core.lifecycle.begin import ended, restart_or_end
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.lifecycle.failing import fail_with, failing
from qq.core.lifecycle.learn_after import noted
from qq.core.lifecycle.learning import Event, NonsenseError, answers, at, only, recorded
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.listing import Listing
from qq.core.moments import (
    EffectFailed,
    Listed,
    MarkRead,
    RecordFound,
    Staged,
)
from qq.core.replacing import replace
from qq.core.states import RecordState
from qq.core.troubles import Reason, Trouble


def inspected(run: Run, event: Event) -> Run:
    """What an earlier attempt left: a code that only the mark knows, or nothing to build on. Where another job's mark
    stands, the output is another's, too."""
    mark = only(event, MarkRead).mark
    noted = mark.exit_code if mark is not None and mark.token == run.job.token else None
    if run.job.script_exit_code is not None:
        return at(run, event, Phase.SORT)
    if noted is not None:
        return replace(at(run, event, Phase.CODE), code=noted)
    after = _anew(run, event)
    another = mark is not None and mark.token != run.job.token
    return replace(after, phase=Phase.RESTART_RECORD) if another and after.phase is Phase.RESTART_LOOK else after


def not_inspected(run: Run, event: Event) -> Run:
    """Where the host is lost, and no code is known: a new attempt. Else results, or a code, may stand where nobody can
    look right now: the record stays as it is."""
    lost = isinstance(event, EffectFailed) and event.trouble.reason is Reason.HOST_UNREACHABLE
    return _anew(run, event) if lost and run.job.script_exit_code is None else ended(run, TROUBLE)


def _anew(run: Run, event: Event) -> Run:
    """A new attempt. Recovery begins one only if it was agreed to."""
    if run.recovering:
        return restart_or_end(at(run, event, Phase.INSPECT), run.job)
    return at(run, event, Phase.CLAIM if run.claim is not None else Phase.FAIL_RECORD)


def claimed(run: Run, event: Event) -> Run:
    """The record is ours; the nodes must be known before anything is made."""
    run = recorded(run, event, Phase.PREVIOUS)
    if run.nodes:
        return run
    if (run.job.resources.nnodes or 1) == 1:
        return replace(run, nodes=pvector([run.here]))
    words = f"the batch system does not say which {run.job.resources.nnodes} nodes the job has"
    return fail_with(run, event, Trouble(Reason.NO_NODES, words))


def previous_known(run: Run, event: Event) -> Run:
    """A next cycle makes sure by itself that the one before it finished; nothing has been moved yet."""
    found = answers(event, RecordFound)
    job = found[0].job if found else None
    if job is None or job.state is RecordState.FINISHED:
        return at(run, event, Phase.SURVEY)
    cycle = job.loop.current if job.loop is not None else job.job_name
    words = f"cycle {cycle} is {job.state}" + (f": {job.failure.words}" if job.failure is not None else "")
    return fail_with(run, event, Trouble(Reason.PREVIOUS_NOT_FINISHED, words))


def surveyed(run: Run, event: Event) -> Run:
    """What stands at home and, for this cycle, in the archive. The looks at earlier working directories come last: one
    that can't be looked at may still stand, and so may those after it."""
    listings = [answer.listing for answer in answers(event, Listed)]
    here = [d.path for d in run.job.earlier_work_dirs if d.host == run.here]
    marks, scratch = answers(event, MarkRead), uses_scratch(run.job)
    asked = len(marks) if _is_only_a_mark(event) else len(here)
    if len(listings) != (run.job.loop is not None) + scratch or len(marks) != asked:
        raise NonsenseError("not what was asked for")
    in_archive = (listings[0] if run.job.loop is not None else None) or Listing()
    home = listings[-1] if scratch else Listing()
    if home is None:
        words = f"the input directory {run.job.input_dir} is gone"
        return fail_with(run, event, Trouble(Reason.INPUT_DIR_GONE, words))
    no_more = tuple(path for path, read in zip(here, marks, strict=False) if not read.work_dir_exists)
    return replace(at(run, event, Phase.STAGE), in_archive=in_archive, home=home, gone=no_more)


def not_surveyed(run: Run, event: Event) -> Run:
    """It can't go on, unless it was only a mark of an earlier attempt that could not be read."""
    return surveyed(run, event) if _is_only_a_mark(event) else failing(run, event)


def _is_only_a_mark(event: Event) -> bool:
    return isinstance(event, EffectFailed) and isinstance(event.effect, ReadMark)


def staged(run: Run, event: Event) -> Run:
    """The working directory is complete, and what stands in it is on record."""
    run = replace(at(run, event, Phase.START), home=Listing(), proof=only(event, Staged).work)
    return noted(run, event, run.job.input_dir, None)


def started(run: Run, event: Event) -> Run:
    """The record says running: from now on what is in the working directory is the script's, too."""
    return replace(recorded(run, event, Phase.EXECUTE), proof=Listing())
