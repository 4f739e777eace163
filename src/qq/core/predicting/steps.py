"""A chain looked at closely: every step of it, and the world at any moment. Only lives that were kept whole have these.

The world at a moment is not stored: the life is played again, with the same faults, up to there.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from qq.core.amounts import seconds_text
from qq.core.effect_words import effect_words
from qq.core.effects import Location, Say, WriteRecord
from qq.core.moments import Written
from qq.core.one_line import one_line
from qq.core.predicting import trace_drawing
from qq.core.predicting.doing import DOING
from qq.core.predicting.layout import USUAL, text_of
from qq.core.predicting.locating import begun
from qq.core.predicting.places import Places
from qq.core.predicting.playing import Cycle, Played
from qq.core.replacing import replace
from qq.core.simulate.chain import DETAILED, recover, run_job
from qq.core.simulate.draft import Meanwhile
from qq.core.simulate.faults import Elsewhere, Fault
from qq.core.simulate.life import meanwhile
from qq.core.simulate.perform import Outcome, Stopped, perform
from qq.core.simulate.records import Refusal
from qq.core.simulate.trace import Acted, Life
from qq.core.simulate.world import SECOND, World
from qq.core.troubles import Trouble


class Step(Struct, frozen=True):
    """One try of one step. ``at``: seconds since the submission; ``state``: of the job's record after it."""

    at: float
    cycle: int
    job_id: str
    doing: str
    words: str
    came: str
    """What came of it: empty if it was done, else why not."""
    state: str
    said: bool
    """Whether these are words for people, printed into ``.qqout``."""

    def __repr__(self) -> str:
        came = f": {self.came}" if self.came else ""
        return f"<cycle {self.cycle} after {seconds_text(self.at)}: {self.words}{came}>"


class Snapshot(Struct, frozen=True):
    """A moment: what was being done (empty: nothing), what the record said, and where every file was."""

    at: float
    cycle: int | None
    doing: str
    state: str
    places: Places

    def files(self, place: str) -> dict[str, int]:
        """The files in a place, name → bytes: ``input_dir`` (without the archive), ``archive`` or ``work_dir``."""
        return self.places.sizes(place)

    def where(self, name: str) -> tuple[str, ...]:
        """The places that had a file of this name."""
        return self.places.where(name)

    def text(self, width: int = USUAL) -> str:
        """For a terminal of so many columns."""
        return text_of(trace_drawing.snapshot_lines(self, width))

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return trace_drawing.snapshot_html(self)


def steps_of(life: Life, cycle: Cycle) -> Iterator[Step]:
    """All steps of a life."""
    state = str(life.job.state) if life.job is not None else ""
    for step in life.steps:
        for acted in step.acted:
            effect = acted.effect
            if isinstance(effect, WriteRecord) and effect.at == life.record and isinstance(acted.outcome, Written):
                state = str(effect.job.state)
            yield Step(
                at=acted.at / SECOND,
                cycle=cycle.cycle,
                job_id=life.job_id,
                doing=str(DOING[step.phase]),
                words=effect_words(effect),
                came=_came(acted.outcome),
                state=state,
                said=isinstance(effect, Say),
            )


def world_at(played: Played, seconds: float) -> tuple[World, int | None]:
    """The world then, and the number of the life that was under way, if one was."""
    now = round(seconds * SECOND)
    later = [number for number, life in enumerate(played.lives) if life.began > now]
    number = later[0] - 1 if later else len(played.lives) - 1
    if number < 0:
        first = played.lives[0].before
        return _kept(first), None
    life = played.lives[number]
    if now >= life.ended:
        after = played.lives[number + 1].before if number + 1 < len(played.lives) else played.world
        return _kept(after), None
    return _inside(played, life, now), number


def _inside(played: Played, life: Life, now: int) -> World:
    """The life again, up to a time; in the middle of an effect, up to its last micro-step before that."""
    worlds: list[World] = []
    watching = [Fault(life.number, number, 0, Elsewhere(_Seen(worlds))) for number in range(len(life.acted))]
    _play_again(life, [*watching, *(fault for fault in played.faults if fault.life == life.number)])
    before = [_kept(life.before), *(world for world in worlds if world.now <= now)]
    acted = [one for one in life.acted if one.at <= now]
    number = next((one.number for one in begun(life) if one.acted is acted[-1]), None)
    inside = [one for one in played.faults if (one.life, one.effect) == (life.number, number) and one.step > 0]
    return _within(before[-1], acted[-1], now, meanwhile(inside))


def _within(world: World, acted: Acted, now: int, others: Sequence[Meanwhile]) -> World:
    least, most = 0, acted.steps
    while least < most:
        middle = (least + most + 1) // 2
        if perform(world, acted.effect, middle, meanwhile=others).world.now <= now:
            least = middle
        else:
            most = middle - 1
    return perform(world, acted.effect, least, meanwhile=others).world if least else world


class _Seen(Struct, frozen=True):
    """Keeps the world right before an effect, and changes nothing."""

    worlds: list[World]

    def __call__(self, world: World) -> World:
        self.worlds.append(world)
        return world


def _play_again(life: Life, faults: list[Fault]) -> None:
    before = _kept(life.before)
    if life.recovering:
        assert life.record is not None  # nothing else is recovered
        here = replace(before, here=before.here, now=before.now - SECOND)
        recover(here, Location(life.record.path), faults, here.here)
    else:
        run_job(before, life.job_id, faults)


def _kept(world: World | None) -> World:
    if world is None:
        raise ValueError(f"only the first {DETAILED} jobs of a chain are kept in so much detail")
    return world


def _came(outcome: Outcome) -> str:
    match outcome:
        case Trouble():
            return one_line(str(outcome))
        case Refusal():
            return "refused: the record is not what it was"
        case Stopped(overrun):
            return "given up: the walltime is over" if overrun else "given up: the job is being ended"
        case _:
            return ""
