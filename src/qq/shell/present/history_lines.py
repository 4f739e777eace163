"""The cycles of a loop job as a small table, for the panel of `qq info`."""

from collections.abc import Iterator, Sequence

from qq.core.amounts import seconds_text, size_text
from qq.core.history import Cycle
from qq.core.predicting.layout import GAP, Line, Piece, padded, wide, wrapped
from qq.core.records.job import JobInfo
from qq.core.states import RecordState

HEADS = ("cycle", "started", "took", "exit", "archived")
NEWEST = 10
"""So many rows stand in the panel; `qq info --json` has all."""


def history_lines(job: JobInfo, cycles: Sequence[Cycle], width: int) -> list[Line]:
    """A head, a row per cycle, below it what is wrong with it; at the end, how to see the earlier ones."""
    rows = [_cells(cycle) for cycle in cycles]
    widths = [max(map(wide, column)) for column in zip(HEADS, *rows, strict=True)]
    while sum(widths) + GAP * (len(widths) - 1) > width and len(widths) > 2:
        widths.pop(1)  # a narrow terminal does without the start, then without what comes after it
        rows = [row[:1] + row[2:] for row in rows]
    heads = HEADS[:1] + HEADS[1 + len(HEADS) - len(widths) :]
    lines: list[Line] = [_line(heads, widths, "head")]
    for cycle, row in zip(cycles, rows, strict=True):
        lines += [_line(row, widths, "bad" if cycle.state in _BAD else ""), *_wrong(cycle, width)]
    loop = job.loop
    if loop is not None and cycles[0].first > loop.start:
        lines.append((Piece(_cut(f"cycles {loop.start}–{cycles[0].first - 1}: qq info --json", width), "dim"),))
    return lines


_BAD = (RecordState.FAILED, RecordState.KILLED)


def _cells(cycle: Cycle) -> tuple[str, ...]:
    span = str(cycle.first) if cycle.first == cycle.last else f"{cycle.first}–{cycle.last}"
    return (
        span,
        f"{cycle.started:%m-%d %H:%M}" if cycle.started else "",
        "" if cycle.seconds is None else seconds_text(cycle.seconds),
        _ending(cycle),
        size_text(cycle.size) if cycle.size is not None and cycle.files else "",
    )


def _ending(cycle: Cycle) -> str:
    """The script's exit code; where there is none, what the record says."""
    if cycle.state is None:
        return "?"
    # Trouble inside qq leaves the script's 0 in a record that says failed.
    says_nothing = cycle.exit_code is None or (cycle.exit_code == 0 and cycle.state in _BAD)
    return str(cycle.state if says_nothing else cycle.exit_code)


def _line(cells: Sequence[str], widths: Sequence[int], role: str) -> Line:
    text = (" " * GAP).join(padded(cell, width) for cell, width in zip(cells, widths, strict=True))
    return (Piece(text, role),)


def _wrong(cycle: Cycle, width: int) -> Iterator[Line]:
    return ((Piece(" " * GAP + part, "warn"),) for part in wrapped(cycle.wrong, width - GAP) if part)


def _cut(text: str, width: int) -> str:
    return wrapped(text, width)[0]
