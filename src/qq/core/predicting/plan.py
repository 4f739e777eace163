"""``plan(job, exit_code)``: what one job does, in order, in words."""

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.effect_words import effect_words
from qq.core.one_line import one_line
from qq.core.predicting import drawing
from qq.core.predicting.doing import Doing
from qq.core.predicting.endings import example, example_input
from qq.core.predicting.layout import USUAL, Piece, text_of
from qq.core.predicting.locating import begun, faults_for
from qq.core.predicting.mishaps import Killed, Mishap
from qq.core.predicting.playing import known_end, lived
from qq.core.predicting.setting import FIRST, as_new, world_of
from qq.core.predicting.told import command
from qq.core.records.job import JobInfo
from qq.core.simulate.trace import Life


class Part(Struct, frozen=True):
    """Steps that belong together. ``doing``: ``staging``, ``running``, ``copying home``…"""

    doing: str
    steps: PVector[str]


class Plan(Struct, frozen=True):
    """What one job does. ``exit_code``: of ``qq run``; the rest as ``qq info`` says it then."""

    title: str
    parts: PVector[Part]
    exit_code: int | None
    state: str
    why: str
    next_command: str

    @property
    def steps(self) -> PVector[str]:
        """All steps in their order, in words."""
        return pvector(words for part in self.parts for words in part.steps)

    def text(self, width: int = USUAL) -> str:
        """For a terminal of so many columns."""
        return text_of(self.lines(width))

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {
            "parts": [{"doing": part.doing, "steps": list(part.steps)} for part in self.parts],
            "exit_code": self.exit_code,
            "state": self.state,
            "why": self.why,
            "next_command": self.next_command,
        }

    def lines(self, width: int) -> list[tuple[Piece, ...]]:
        """For whoever gives colours to it."""
        return drawing.plan_lines(self._parts(), self._end(), width)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return drawing.plan_html(self.title, self._parts(), self._end())

    def _parts(self) -> list[tuple[str, PVector[str]]]:
        return [(part.doing, part.steps) for part in self.parts]

    def _end(self) -> list[Piece]:
        why = f": {self.why}" if self.why else ""
        end = Piece(f"the job is {self.state}{why}; qq run ends with {self.exit_code}", drawing.role_of(self.state))
        return [end, Piece(f"type next: {self.next_command}", "head")] if self.next_command else [end]


def plan(job: JobInfo, exit_code: int = 0, *, killed: bool = False, scratch: str | None = None) -> Plan:
    """What happens, in order, if the script ends with this exit code; ``killed``: it is terminated while it runs.

    ``scratch``: where working directories go on the node, if anybody knows.
    """
    new = as_new(job)
    world = world_of(new, (example(new, exit_code),), {example_input(new): 1}, scratch)
    life, after = lived(world, FIRST)
    if killed:
        life, after = lived(world, FIRST, faults_for(life, Mishap(Killed(), Doing.RUNNING)))
    record, told = known_end(after, life)
    assert record is not None and told is not None  # it has just been submitted
    how = "it is killed while the script runs" if killed else f"the script ends with {exit_code}"
    return Plan(
        title=f"{one_line(job.job_name)}: what is done if {how}",
        parts=pvector(_parts(life)),
        exit_code=life.exit_code,
        state=str(told.state),
        why=one_line(told.words),
        next_command=command(told, record),
    )


def _parts(life: Life) -> list[Part]:
    parts: list[Part] = []
    for one in begun(life):
        words = pvector([effect_words(one.effect)])
        if parts and parts[-1].doing == one.doing:
            parts[-1] = Part(parts[-1].doing, parts[-1].steps + words)
        else:
            parts.append(Part(str(one.doing), words))
    return parts
