"""The panel of `qq info`, drawn line by line: a thousand of them are quick, too."""

from collections.abc import Iterable, Iterator, Sequence

from qq.core.evidence import Evidence, JobStep
from qq.core.history import Cycle
from qq.core.predicting.layout import Line, Piece, padded, wide, wrapped
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo
from qq.core.states import RealState
from qq.shell.present.facts import facts, why_facts
from qq.shell.present.history_lines import history_lines
from qq.shell.present.labelled import Fact
from qq.shell.present.plain import plain
from qq.shell.present.step_lines import step_lines

ROLES = {
    RealState.QUEUED: "waits",
    RealState.HELD: "waits",
    RealState.WAITING: "waits",
    RealState.SUSPENDED: "warn",
    RealState.BOOTING: "staging",
    RealState.RUNNING: "running",
    RealState.EXITING: "warn",
    RealState.FINISHED: "good",
    RealState.FAILED: "bad",
    RealState.KILLED: "bad",
    RealState.INCONSISTENT: "bad",
    RealState.UNKNOWN: "bad",
}
BOX, ASCII_BOX = "╭╮╰╯─│", "++++-|"
"""Four corners, and what lines are made of."""
LABEL = 15
"""Columns of the labels, with the gap after them."""


def panel(
    job: JobInfo,
    evidence: Evidence,
    info_file: str,
    cycles: Sequence[Cycle] = (),
    steps: Sequence[JobStep] = (),
    *,
    width: int,
    box: str = BOX,
) -> Iterator[Line]:
    """Everything about one job, in a box of so many columns. ``cycles``: the latest of a loop job."""
    tables = [step_lines(steps, width - 4), history_lines(job, cycles, width - 4) if cycles else ()]
    return _boxed(job, evidence, facts(job, evidence, info_file), tables, width=width, box=box)


def why_panel(job: JobInfo, evidence: Evidence, info_file: str, *, width: int, box: str = BOX) -> Iterator[Line]:
    """What the job's state follows from, in such a box."""
    return _boxed(job, evidence, [why_facts(job, evidence, info_file)], width=width, box=box)


def _boxed(
    job: JobInfo,
    evidence: Evidence,
    groups: Sequence[Sequence[Fact]],
    tables: Iterable[Sequence[Line]] = (),
    *,
    width: int,
    box: str,
) -> Iterator[Line]:
    role = ROLES[real_state(job, evidence)]
    left_top, right_top, left_end, right_end, line, side = tuple(box)
    inner, edge = width - 4, Piece(side, role)
    between = edge, Piece(f" {line * inner} ", "dim"), edge
    title = _fitting(f"  {job.job_id or 'no id yet'}  {plain(job.job_name)}  ", inner)
    rest = line * (width - 3 - wide(title))
    yield Piece(f"{left_top}{line}", role), Piece(title, "head"), Piece(f"{rest}{right_top}", role)
    for number, group in enumerate(groups):
        if number:
            yield between
        for fact in group:
            yield from ((edge, *pieces, edge) for pieces in _fact(fact, inner, role))
    for table in filter(None, tables):
        yield between
        for row in table:
            yield edge, Piece(" "), *row, Piece(" " * (inner - sum(wide(piece.text) for piece in row) + 1)), edge
    yield (Piece(f"{left_end}{line * (width - 2)}{right_end}", role),)


def _fitting(title: str, width: int) -> str:
    return title if wide(title) <= width else f"{wrapped(title, width - 3)[0]}… "


def _fact(fact: Fact, inner: int, role: str) -> Iterator[Line]:
    label, text = fact
    room = inner - LABEL
    for number, part in enumerate([text] if wide(text) <= room else wrapped(text, room)):
        shown = Piece(f" {padded('' if number else label, LABEL)}", "dim")
        yield shown, Piece(part, role if label == "state" else ""), Piece(" " * (room - wide(part) + 1))
