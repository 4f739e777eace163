"""Plays lives in the model world: the loop that joins deciding and acting, as the engine of the real one does it.

Each signal is reported once; until then it makes the effect under way give up. Faults come where they are told to.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from qq.core.effects import Effect, RunScript
from qq.core.lifecycle.decide import Step as Decision
from qq.core.lifecycle.decide import decide
from qq.core.moments import Answer, Booted, Done, EffectFailed, Moment, Recovering, Refused, Terminated
from qq.core.records.site import Settings
from qq.core.retrying import wait_before_next_try
from qq.core.simulate.draft import Draft, Meanwhile
from qq.core.simulate.faults import Crash, Elsewhere, Fails, Fault, Signal, UserKills, change
from qq.core.simulate.perform import Outcome, Stopped, act, perform
from qq.core.simulate.records import Refusal
from qq.core.simulate.trace import Acted, Life, Step
from qq.core.simulate.world import SECOND, World
from qq.core.troubles import Trouble


class CutOffError(Exception):
    """The life ends right here. Never leaves ``play``."""


class _Playing:
    """A life while it is played."""

    __slots__ = ("acted", "draft", "effects", "failing", "faults", "reported", "settings", "signal")

    def __init__(self, draft: Draft, faults: dict[int, list[Fault]], settings: Settings) -> None:
        self.draft, self.faults, self.settings = draft, faults, settings
        self.effects = 0
        """How many are over; counted only where faults come at their numbers."""
        self.signal: int | None = None
        self.reported = False
        self.acted: list[Acted] = []
        self.failing: Fails | None = None
        """Why the effect under way goes on failing."""


class Played(Struct, frozen=True):
    """A life, the world after it, and whether the batch system starts the same id once more."""

    life: Life
    world: World
    requeue: bool = False


def play(draft: Draft, before: World, first: Booted | Recovering, faults: Iterable[Fault] = ()) -> Played:
    """Plays one life to its end. ``before``: the world as the batch system, or the user, began it."""
    draft.life += 1
    mine: dict[int, list[Fault]] = {}
    for fault in faults:
        if fault.life == draft.life:
            mine.setdefault(fault.effect, []).append(fault)
    p = _Playing(draft, mine, first.record.settings or Settings())
    steps: list[Step] = []
    number, began = draft.life, draft.now
    code, requeue = _live(p, first, steps), False
    for crash in (fault.what for fault in mine.get(p.effects, ()) if code is None):
        if isinstance(crash, Crash):
            requeue = requeue or crash.requeue
            if crash.then is not None:
                change(draft, crash.then)
    draft.running = None
    after = draft.close()
    life = Life(
        number=number,
        job_id=first.job_id if isinstance(first, Booted) else first.record.job_id or "",
        recovering=isinstance(first, Recovering),
        began=began,
        ended=after.now,
        steps=tuple(steps),
        exit_code=code,
        before=before,
        after=after,
        record=first.record_at,
        job=first.record,
    )
    return Played(life, after, requeue)


def _live(p: _Playing, first: Moment, steps: list[Step]) -> int | None:
    """The exit code; None: the life was cut off."""
    decision = decide(None, first)
    while decision.exit_code is None:
        run = decision.run
        assert run is not None
        phase, state = run.phase, run.job.state
        p.acted = []
        try:
            moment = _perform_all(p, decision)
        except CutOffError:
            steps.append(Step(phase, state, tuple(p.acted), None))
            return None
        if p.signal is not None and isinstance(moment, Terminated):
            p.reported = True
        steps.append(Step(phase, state, tuple(p.acted), moment))
        decision = decide(run, moment)
    return decision.exit_code


_NO_ANSWER = frozenset({Stopped, Trouble, Refusal})
"""Looked up by type: a life has forty outcomes, and nearly all of them are answers."""


def _perform_all(p: _Playing, decision: Decision) -> Moment:
    draft, acted, faults = p.draft, p.acted, p.faults
    answers: list[Any] = []
    for effect in decision.effects:
        if faults:
            _before(p)
            if p.signal is not None and not p.reported:
                return Terminated(p.signal, tuple(answers), draft.time)
            at = draft.now
            outcome = _once(p, effect)
            p.effects += 1
        else:
            at = draft.now
            outcome = act(draft, effect)
        acted.append(Acted(at, effect, outcome, draft.steps))
        if type(outcome) in _NO_ANSWER:
            if type(outcome) is Trouble and p.signal is None:
                outcome = _again(p, effect, decision, outcome)
            if type(outcome) in _NO_ANSWER:
                return _not_done(p, effect, outcome, tuple(answers))
        answers.append(outcome)
    return Done(tuple(answers), draft.time)


def _not_done(p: _Playing, effect: Effect, outcome: Outcome, answers: tuple[Answer, ...]) -> Moment:
    if isinstance(outcome, Refusal):
        return Refused(effect, outcome.job, outcome.version, answers, p.draft.time)
    if isinstance(outcome, Stopped):
        _signalled(p, Signal())  # the walltime was over, if no signal came before
    if p.signal is not None and not p.reported:
        return Terminated(p.signal, answers, p.draft.time)
    assert isinstance(outcome, Trouble)
    return EffectFailed(effect, outcome, answers, p.draft.time)


def _before(p: _Playing) -> None:
    """What comes right before the effect."""
    p.failing = None
    for fault in p.faults.get(p.effects, ()):
        if fault.step == 0:
            match fault.what:
                case Crash():
                    raise CutOffError
                case Signal():
                    _signalled(p, fault.what)
                case Fails():
                    p.failing = fault.what
                case Elsewhere(make):
                    _away(p, make)
                case _:
                    change(p.draft, fault.what)


def _away(p: _Playing, make: Callable[[World], World]) -> None:
    """Others act while this node seems lost; its walltime is nobody's concern any more."""
    before = p.draft.freeze()
    after = make(before)
    p.draft.open(after)
    if after is not before:
        p.draft.deadline = None


def _again(p: _Playing, effect: Effect, decision: Decision, trouble: Trouble) -> Outcome:
    """Performs an effect that has failed once more, as often as that may help. A signal ends the waiting."""
    outcome: Outcome = trouble
    tries = 1
    while isinstance(outcome, Trouble) and p.signal is None:
        wait = wait_before_next_try(
            effect,
            outcome,
            tries,
            settings=p.settings,
            staging_in=decision.run is None or decision.run.code is None,
            seconds_left=None if p.draft.deadline is None else (p.draft.deadline - p.draft.now) / SECOND,
            chance=0.5,
        )
        if wait is None:
            break
        p.draft.now += int(wait * SECOND)
        at = p.draft.now
        outcome = _once(p, effect, tries)
        p.acted.append(Acted(at, effect, outcome, p.draft.steps))
        tries += 1
    return outcome


def _once(p: _Playing, effect: Effect, tries: int = 0) -> Outcome:
    draft = p.draft
    if p.failing is not None:
        if tries < p.failing.times:
            draft.steps = 0
            return p.failing.trouble
        p.failing = None
    inside = [fault for fault in p.faults.get(p.effects, ()) if fault.step > 0] if tries == 0 else []
    if not inside:
        return _perform(p, effect)
    others = meanwhile(inside)
    fault = next((one for one in inside if isinstance(one.what, Crash | Signal | Fails)), inside[0])
    match fault.what:
        case Crash():
            outcome = _perform(p, effect, fault.step, others)
            if draft.steps >= fault.step:
                p.acted.append(Acted(draft.now, effect, outcome, draft.steps))
                raise CutOffError
            return outcome
        case Signal() if not p.reported:
            return _interrupted(p, effect, fault.step, fault.what, others)
        case Fails(trouble):
            p.failing = fault.what
            _perform(p, effect, fault.step, others)
            draft.steps = fault.step
            return trouble
        case _:
            return _perform(p, effect, None, others)


def meanwhile(inside: Sequence[Fault]) -> list[Meanwhile]:
    """What happens to the world in the middle of an effect, whatever ends it then."""
    return [
        (fault.step, partial(change, what=fault.what))
        for fault in sorted(inside, key=lambda one: one.step)
        if not isinstance(fault.what, Crash | Signal | Fails | Elsewhere)
    ]


def _interrupted(p: _Playing, effect: Effect, step: int, signal: Signal, others: Sequence[Meanwhile]) -> Outcome:
    """A signal comes in the middle; after the last micro-step the effect has ended well all the same."""
    before = p.draft.freeze()
    whole = perform(before, effect, meanwhile=others)
    if whole.steps <= step and not isinstance(effect, RunScript):
        p.draft.open(whole.world)
        p.draft.steps = whole.steps
        if whole.steps == step:
            _signalled(p, signal)
        return whole.outcome
    given_up = perform(before, effect, step, tidy=True, meanwhile=others)
    p.draft.open(given_up.world)
    p.draft.steps = given_up.steps
    _signalled(p, signal)
    return Stopped()


def _signalled(p: _Playing, signal: Signal) -> None:
    """The signal has come. The first one counts, and from then on the batch system leaves the job a while."""
    if p.signal is None:
        p.signal, p.draft.deadline = signal.number, None
        if signal.asked is not None:
            change(p.draft, UserKills(signal.asked))


def _perform(p: _Playing, effect: Effect, limit: int | None = None, others: Sequence[Meanwhile] = ()) -> Outcome:
    p.draft.watch(limit, meanwhile=others)
    return act(p.draft, effect)


def positions(life: Life) -> Sequence[tuple[int, int]]:
    """Every place in a life where something may come: before each effect, and after each of its micro-steps."""
    return [(number, step) for number, acted in enumerate(life.acted) for step in range(acted.steps + 1)]
