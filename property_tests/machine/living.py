"""A life that is played effect by effect, so that others can act in between: what ``simulate.life`` does at one go."""

from msgspec import Struct, field

from qq.core.effects import RunScript
from qq.core.lifecycle.decide import Step, decide
from qq.core.moments import Answer, Booted, Done, EffectFailed, Moment, Recovering, Refused, Terminated
from qq.core.replacing import replace
from qq.core.simulate.perform import Outcome, Stopped, perform
from qq.core.simulate.records import Refusal
from qq.core.simulate.world import World
from qq.core.troubles import Trouble


class Living(Struct):
    """One ``qq run`` or ``qq recover`` that has not ended."""

    number: int
    job_id: str
    host: str
    recovering: bool
    step: Step
    token: str
    index: int = 0
    answers: list[Answer] = field(default_factory=list)
    signal: int | None = None
    reported: bool = False
    lost: bool = False
    """The batch system has given its node up."""

    def __str__(self) -> str:
        kind = "recover" if self.recovering else "run"
        phase = "" if self.step.run is None else self.step.run.phase
        return f"{kind} of {self.job_id} in {phase}, effect {self.index} of {len(self.step.effects)}"


def born(first: Booted | Recovering, number: int) -> Living:
    """A life right after its first decision."""
    booting = isinstance(first, Booted)
    job_id = first.job_id if isinstance(first, Booted) else first.record.job_id or ""
    return Living(number, job_id, first.host, not booting, decide(None, first), first.record.token)


def go_on(world: World, living: Living, limit: int | None = None, *, signal: bool = False) -> World:
    """The next effect, or what is learned of all of them. ``limit``: it is interrupted after so many micro-steps."""
    if living.step.exit_code is not None:
        return world
    pending = living.signal is not None and not living.reported
    if pending or living.index == len(living.step.effects):
        whole = tuple(living.answers)
        _learn(living, Terminated(living.signal or 15, whole, world.time) if pending else Done(whole, world.time))
        return world
    effect = living.step.effects[living.index]
    here = replace(world, here=living.host, life=living.number, deadline=None)
    done = perform(here, effect, limit, tidy=signal)
    outcome: Outcome = done.outcome
    if signal:
        living.signal = living.signal or 15
        if isinstance(effect, RunScript) and not isinstance(outcome, Stopped):
            outcome = Stopped()  # an exit that came first would win; here the signal did
    _take(living, outcome, done.world)
    return done.world


def _take(living: Living, outcome: Outcome, world: World) -> None:
    effect, known = living.step.effects[living.index], tuple(living.answers)
    match outcome:
        case Stopped():
            _learn(living, Terminated(living.signal or 15, known, world.time))
        case Trouble():
            _learn(living, EffectFailed(effect, outcome, known, world.time))
        case Refusal(job, version):
            _learn(living, Refused(effect, job, version, known, world.time))
        case _:
            living.answers.append(outcome)
            living.index += 1


def _learn(living: Living, moment: Moment) -> None:
    living.reported = living.reported or isinstance(moment, Terminated)
    living.step = decide(living.step.run, moment)
    living.index, living.answers = 0, []
