"""The loop that joins deciding and acting: effects are performed in their order, what came of them is a moment.

Each signal is reported once. Until then it makes the effect under way give up; from then on effects are performed as
if nothing had come, but within what the batch system leaves until its KILL.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from qq.core.effects import Effect
from qq.core.lifecycle.decide import Step
from qq.core.lifecycle.run import Run
from qq.core.moments import Answer, Done, EffectFailed, Moment, Refused, Terminated
from qq.core.records.site import Settings
from qq.core.result import Failure, Result
from qq.core.retrying import wait_before_next_try
from qq.core.troubles import Trouble
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.signals import Signals, sleep_until_asked

Perform = Callable[[Effect, Watch], Result[Answer | Refusal, Trouble]]
Decide = Callable[[Run | None, Moment], Step]

KILL_MARGIN = 1.5
"""Seconds of the time between TERM and KILL that are not used: for the way out."""


def _silent(_moment: "Tried") -> None:
    return None


class Tried(Struct, frozen=True):
    """What came of one try of an effect, for whoever follows along. ``wait``: seconds until the next one."""

    effect: Effect
    result: Result[Answer | Refusal, Trouble] | None
    """None: it begins now."""
    seconds: float = 0.0
    wait: float | None = None


class World(Struct, frozen=True, kw_only=True):
    """What a life is played in. ``end_of_walltime``: monotonic seconds, None: there is no such end."""

    perform: Perform
    signals: Signals
    settings: Settings = Settings()
    end_of_walltime: float | None = None
    kill_wait: float = 10.0
    tell: Callable[[Tried], None] = _silent


def run(world: World, decide: Decide, first: Moment) -> int:
    """Plays a life from its first moment to its end; gives the exit code."""
    reported = False
    step = decide(None, first)
    while step.exit_code is None:
        moment = _perform_all(world, step, reported)
        reported = reported or isinstance(moment, Terminated)
        step = decide(step.run, moment)
    return step.exit_code


def _perform_all(world: World, step: Step, reported: bool) -> Moment:
    """What came of a list of effects. One that fails, or a signal that was not reported yet, drops the rest."""
    watch = Watch(interrupted=lambda: out_of_time(world) if reported else world.signals.first is not None)
    answers: list[Answer] = []
    for effect in step.effects:
        if world.signals.first is not None and not reported:
            return _terminated(world.signals.first, answers)
        result = _try(world, effect, watch, step, reported)
        if isinstance(result, Failure):
            if world.signals.first is not None and not reported:
                return _terminated(world.signals.first, answers)
            return EffectFailed(effect, result.failure(), tuple(answers), now())
        answer = result.unwrap()
        if isinstance(answer, Refusal):
            return Refused(effect, answer.job, answer.version, tuple(answers), now())
        answers.append(answer)
    return Done(tuple(answers), now())


def out_of_time(world: World) -> bool:
    """After the signal: whether the batch system's KILL is near."""
    return time.monotonic() > world.signals.came + max(world.kill_wait - KILL_MARGIN, world.kill_wait / 2)


def _terminated(number: int, answers: Sequence[Answer]) -> Terminated:
    return Terminated(number, tuple(answers), now())


def _try(world: World, effect: Effect, watch: Watch, step: Step, reported: bool) -> Result[Answer | Refusal, Trouble]:
    """Performs an effect, and again as often as that may help. A signal ends the waiting."""
    tries = 0
    while True:
        world.tell(Tried(effect, None))
        begun = time.monotonic()
        result = world.perform(effect, watch)
        tries += 1
        wait = None
        if isinstance(result, Failure) and world.signals.first is None:
            wait = _wait_after(world, effect, result.failure(), tries, step)
        world.tell(Tried(effect, result, time.monotonic() - begun, wait))
        if wait is None or sleep_until_asked(world.signals, wait):
            return result


def _wait_after(world: World, effect: Effect, trouble: Trouble, tries: int, step: Step) -> float | None:
    end = world.end_of_walltime
    return wait_before_next_try(
        effect,
        trouble,
        tries,
        settings=world.settings,
        staging_in=step.run is None or step.run.code is None,
        seconds_left=None if end is None else end - time.monotonic(),
        chance=random.random(),
    )


def now() -> datetime:
    """As records hold it: local time, whole seconds."""
    return datetime.now().replace(microsecond=0)
