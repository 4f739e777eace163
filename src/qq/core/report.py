"""What a command did about each of its jobs, and how that is summed up where there were several."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.predicting.layout import Piece, Row
from qq.core.rows import Drawn, Rows
from qq.core.states import RealState

D = TypeVar("D")


class Kind(StrEnum):
    """How it went."""

    DONE = "done"
    SKIPPED = "skipped"
    """It makes no sense for this job."""
    FAILED = "failed"


class Report(Struct, Generic[D], frozen=True, kw_only=True):
    """What a command did about one job."""

    name: str
    """How the job, or the directory, is called in messages."""
    job_id: str | None = None
    job_name: str = ""
    info_file: str | None = None
    state: RealState | None = None
    """What it really was before."""
    kind: Kind
    did: str
    """In a word or two, for the summary: ``killed``."""
    words: str
    """What follows the job's name: ``killed``, ``is finished: there is nothing to kill``."""
    notes: PVector[str] = pvector()
    """What else was done, or seen."""
    warnings: PVector[str] = pvector()
    """What else may be wrong, or was not done."""
    detail: D | None = None
    """What came of it."""

    @property
    def line(self) -> str:
        """The job and what was done, or why nothing was."""
        predicate = self.kind is Kind.SKIPPED or self.words.startswith(("is ", "has "))
        return f"{self.name}{' ' if predicate else ': '}{self.words}"

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {
            "name": self.name,
            "job_id": self.job_id,
            "job_name": self.job_name,
            "info_file": self.info_file,
            "state": self.state and self.state.name.lower(),
            "kind": str(self.kind),
            "did": self.did,
            "words": self.words,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        return f"<{self.line}>"


class Reports(Rows[Report[D]]):
    """The reports of a command, one per job; ``troubles``: a line for everything named that is no job."""

    named: int | None = None
    """How many jobs were named, and things that are none; None: as many as there are reports and troubles."""
    order: Sequence[str] = ()
    """The info files of the jobs as they were named; reports come as the jobs are dealt with."""
    interrupted: bool = False
    """Whether Ctrl-C came: what had begun was completed, the rest was not begun."""

    @property
    def ok(self) -> bool:
        """Whether something was done, and nothing failed: then the command's exit code is 0."""
        kinds = {report.kind for report in self}
        return Kind.DONE in kinds and Kind.FAILED not in kinds and not self.troubles

    @property
    def several(self) -> bool:
        """Whether the command was about more than one job: a chain that was followed is one."""
        return (len(self) + len(self.troubles) if self.named is None else self.named) > 1

    @property
    def summary(self) -> str:
        """All of it in a line."""
        return summary(self, len(self.troubles))


def reports(title: str, made: Iterable[Report[D]], troubles: Iterable[str] = ()) -> "Reports[D]":
    """Reports as they are given back."""
    return Reports(made, title=title, draw=_drawn, troubles=troubles)


_ROLES = {Kind.DONE: "good", Kind.SKIPPED: "dim", Kind.FAILED: "bad"}


def _drawn(made: Sequence[Report[D]]) -> Drawn:
    rows = [
        Row(
            [Piece(one.name, "head"), Piece(str(one.kind), _ROLES[one.kind]), Piece(one.words)],
            [*(Piece(note, "dim") for note in one.notes), *(Piece(warning, "warn") for warning in one.warnings)],
        )
        for one in made
    ]
    return Drawn(("job", "how it went", "what"), rows)


def summary(made: Sequence[Report[D]], missing: int = 0) -> str:
    """Jobs counted by what was done: ``187 killed, 10 skipped: finished, 3 failed, 1 not found``."""
    skipped = [one.state for one in made if one.kind is Kind.SKIPPED]
    parts = [
        *_counted(one.did for one in made if one.kind is Kind.DONE),
        *([f"{len(skipped)} skipped{_states(skipped)}"] if skipped else []),
        *_counted(one.did for one in made if one.kind is Kind.FAILED),
    ]
    return ", ".join([*parts, *([f"{missing} not found"] if missing else [])])


def _counted(words: Iterable[str]) -> list[str]:
    return [f"{count} {word}" for word, count in Counter(words).items()]


def _states(skipped: Sequence[RealState | None]) -> str:
    """In which states they are, counted if in several."""
    known = [state.name.lower() for state in skipped if state is not None]
    if len(set(known)) < 2:
        return "".join(f": {state}" for state in known[:1])
    return f": {', '.join(_counted(known))}"
