"""What is known of lives that were played: steps in their order, how each life ended, and the world then."""

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.effects import Effect, Location
from qq.core.lifecycle.phases import Phase
from qq.core.moments import Moment
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate.perform import Outcome, Stopped
from qq.core.simulate.records import Refusal
from qq.core.simulate.world import World
from qq.core.states import RecordState
from qq.core.troubles import Trouble


class Acted(Struct, frozen=True, gc=False):
    """One try of an effect. ``at``: nanoseconds of the world's clock before it; ``steps``: its micro-steps."""

    at: int
    effect: Effect
    outcome: Outcome
    steps: int


class Step(Struct, frozen=True, gc=False):
    """A decision and what came of it. ``state``: of the record that this life knows, when it decided."""

    phase: Phase
    state: RecordState
    acted: tuple[Acted, ...]
    moment: Moment | None
    """What ``decide`` is told next; None: the life was cut off."""


class Life(Struct, frozen=True):
    """One ``qq run`` or ``qq recover``, from its beginning to its end."""

    number: int
    job_id: str
    recovering: bool
    began: int
    ended: int
    steps: tuple[Step, ...]
    exit_code: int | None
    """None: it was cut off."""
    before: World | None
    """As the batch system, or the user, began it; None: it is not kept."""
    after: World | None
    record: Location | None = None
    """Where the record stands, and what it said when this life began; None: there was none."""
    job: JobInfo | None = None

    @property
    def acted(self) -> tuple[Acted, ...]:
        """All tries of effects, in their order."""
        return tuple(acted for step in self.steps for acted in step.acted)


class Trace(Struct, frozen=True):
    """All that happened, and the world at the end."""

    lives: PVector[Life]
    world: World

    def __str__(self) -> str:
        return "\n".join(words for life in self.lives for words in lines(life))


def kept(world: World | None) -> World:
    """A world of a life that is kept with all its effects."""
    if world is None:
        raise ValueError("this life's worlds are not kept")
    return world


def thin(life: Life) -> Life:
    """Without steps and worlds."""
    return replace(life, steps=(), before=None, after=None)


NOTHING: PVector[Life] = pvector()


def lines(life: Life) -> list[str]:
    """A life in words, one line per try of an effect."""
    kind = "recover" if life.recovering else "run"
    words = [f"life {life.number}: qq {kind} of job {life.job_id}"]
    number = 0
    for step in life.steps:
        words.append(f"  {step.phase} (record: {step.state})")
        for acted in step.acted:
            words.append(f"    {number:3} {brief(acted.effect)} → {_outcome(acted.outcome)} [{acted.steps}]")
            number += 1
        if step.moment is not None and type(step.moment).__name__ != "Done":
            words.append(f"    {type(step.moment).__name__}")
    return [*words, f"  exit {life.exit_code}" if life.exit_code is not None else "  cut off"]


def brief(effect: Effect) -> str:
    """An effect in one short line."""
    words = repr(effect)
    return words if len(words) <= _LONG else f"{words[: _LONG - 1]}…"


_LONG = 150


def _outcome(outcome: Outcome) -> str:
    match outcome:
        case Trouble():
            return f"{outcome.reason.name}: {outcome}"
        case Refusal(job, version):
            return "refused: " + (f"{job.state} {job.job_id} {version}" if job is not None else "nothing there")
        case Stopped():
            return "given up"
        case _:
            words = repr(outcome)
            return words if len(words) <= _LONG else type(outcome).__name__
