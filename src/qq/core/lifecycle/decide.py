"""``decide(run, moment)``: the one function that says what happens next in a job's life. Total and deterministic.

It is ``learn`` (the table) followed by ``ask`` (the plan). The same function runs for real, in the simulator, under
injected faults, and again after a crash. An answer that makes no sense ends with 99 and no effects; it never means "ask
again".
"""

from typing import assert_never

from msgspec import Struct

from qq.core.effects import Effect, WriteRecord
from qq.core.exitcodes import BUG, TERMINATED
from qq.core.lifecycle.ask import ask
from qq.core.lifecycle.begin import begin, ended
from qq.core.lifecycle.learning import NonsenseError
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.lifecycle.table import TABLE
from qq.core.moments import Booted, Done, EffectFailed, Moment, Recovering, Refused, Terminated
from qq.core.replacing import replace

_CARRY_ON = frozenset({Phase.LINK, Phase.LINK_NEXT, Phase.REMOVE, Phase.FAREWELL})
"""What recovery completes although a signal came: the next job is submitted, or nothing is left but tidying up."""


class Step(Struct, frozen=True, gc=False):
    """What is to be done now: effects in their order, or the end with this exit code (then there are no effects)."""

    run: Run | None
    effects: tuple[Effect, ...] = ()
    exit_code: int | None = None


def decide(run: Run | None, moment: Moment) -> Step:
    """What is to be done after this moment. ``run`` None begins a life: with ``Booted`` or ``Recovering``."""
    try:
        return _step(learn(run, moment), moment)
    except NonsenseError:
        return Step(run, exit_code=BUG)


def learn(run: Run | None, moment: Moment) -> Run:
    """The run that knows what has just happened, in the phase that follows."""
    if run is None:
        if isinstance(moment, Booted | Recovering):
            return begin(moment)
        raise NonsenseError("a life begins with Booted or Recovering")
    row = TABLE.get(run.phase)
    if row is None:
        raise NonsenseError("the life is over")
    if isinstance(moment, Done):  # nearly every moment is: asking for it first costs the least
        return row.done.learn(run, moment)
    match moment:
        case EffectFailed():
            return row.failed.learn(run, moment)
        case Refused():
            return row.refused.learn(run, moment)
        case Terminated():
            if run.recovering and run.phase not in _CARRY_ON:
                return ended(run, TERMINATED)
            return row.terminated.learn(run, moment)
        case Booted() | Recovering():
            raise NonsenseError("a life begins once")
        case _:
            assert_never(moment)


def _remembering(run: Run, effects: tuple[Effect, ...]) -> Run:
    """The run that knows that something was said, and what a record was asked to say."""
    asked = effects[-1]
    if type(asked) is WriteRecord:
        return replace(run, say=(), asked=asked.job)
    return replace(run, say=()) if run.say else run


def _step(run: Run, moment: Moment) -> Step:
    """Goes on to the first phase that has something to ask, or to the end."""
    while run.phase is not Phase.END:
        effects = ask(run)
        if effects:
            return Step(_remembering(run, effects), effects)
        run = TABLE[run.phase].done.learn(run, Done((), moment.now))
    return Step(run, exit_code=run.exit_code)
