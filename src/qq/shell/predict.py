"""``qq.plan``, ``qq.outcomes`` and ``qq.simulate`` as notebooks call them: what is wrong with the input is raised."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from qq.core.predicting import outcomes as _outcomes
from qq.core.predicting import plan as _plan
from qq.core.predicting import trace as _trace
from qq.core.predicting.checks import GivenScript, WrongScriptError, faults_of
from qq.core.predicting.mishaps import Mishap
from qq.core.predicting.outcomes import Outcomes
from qq.core.predicting.plan import Plan
from qq.core.predicting.trace import WELL, Trace
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Fault, Faults
from qq.core.simulate.world import Script
from qq.shell.api import InvalidJob


def plan(job: JobInfo, exit_code: int = 0, *, killed: bool = False) -> Plan:
    """What is done, in order, if the script ends with this exit code; ``killed``: it is terminated while it runs."""
    _raise(faults_of(job, Script(exit_code)))
    if killed and exit_code != 0:
        raise InvalidJob([Fault("exit_code", "a killed script has no exit code; leave it out, or killed")])
    return _plan.plan(job, exit_code, killed=killed)


def outcomes(job: JobInfo) -> Outcomes:
    """A table: one row for every way the job can end, each of them played."""
    _raise(faults_of(job, WELL))
    return _outcomes.outcomes(job)


def simulate(
    job: JobInfo,
    script: GivenScript = WELL,
    files: Mapping[str, int] | None = None,
    faults: Mishap | Sequence[Mishap] | Iterator[Mishap] = (),
    cycles: int | None = None,
) -> Trace:
    """Plays the job and all that follow it. ``script``: one, one per cycle (the last repeats), or a function of it.

    ``files``: what is in the input directory at the beginning, name → bytes; the script itself always is. A script that
    runs for longer than the job's walltime is ended by it. ``faults``: from ``qq.faults``. ``cycles``: stop after so
    many jobs; a continuous job, which may go on for ever, is played 100 times unless you say more.
    """
    mishaps = (faults,) if isinstance(faults, Mishap) else faults
    mishaps = tuple(mishaps) if isinstance(mishaps, Iterator) else mishaps  # it gives each of them only once
    _raise(faults_of(job, script, {} if files is None else files, mishaps, cycles))
    try:
        with _no_collector():
            played = _trace.simulate(job, script, files, mishaps, cycles)
    except WrongScriptError as wrong:
        raise InvalidJob([wrong.fault]) from None
    if isinstance(played, Failure):
        raise InvalidJob(played.failure())
    return played.unwrap()


@contextmanager
def _no_collector() -> Iterator[None]:
    """Meanwhile nobody looks for garbage: a played life leaves none, and looking took a fifth of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # all goes to the oldest generation at once, and is not looked through right now
            gc.freeze()
            gc.unfreeze()
        gc.enable()


def _raise(wrong: Faults) -> None:
    if wrong:
        raise InvalidJob(wrong)
