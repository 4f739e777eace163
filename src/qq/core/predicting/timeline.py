"""Cycles and the parts of their lives against time: a picture in letters for a terminal, in SVG for a notebook."""

from collections.abc import Sequence

from msgspec import Struct
from pyrsistent import PVector

from qq.core.amounts import seconds_text
from qq.core.predicting import html, timeline_svg
from qq.core.predicting.doing import Doing
from qq.core.predicting.layout import USUAL, Line, Piece, joined, padded, text_of, wide
from qq.core.predicting.playing import Cycle

ORDER = (
    Doing.STAGING,
    Doing.STARTING_ANEW,
    Doing.RUNNING,
    Doing.RECORDING,
    Doing.ARCHIVING,
    Doing.COPYING_HOME,
    Doing.SUBMITTING,
    Doing.CLEARING_UP,
    Doing.ENDING,
)
"""In which order the parts of a life come."""
GLYPHS = dict(zip(ORDER, "░↻█·▒▓»▫×", strict=True))
PLAIN = dict(zip(ORDER, "s@=.ach-x", strict=True))
"""The same for terminals that have no more than ASCII."""
FIRST_ROWS, LAST_ROWS = 40, 5
"""Rows of a long chain that are shown."""
MIN_BAR = 10


class Timeline(Struct, frozen=True):
    """The picture. ``str()`` for a terminal, SVG in a notebook."""

    title: str
    cycles: PVector[Cycle]

    def lines(self, width: int = USUAL, *, ascii_only: bool = False) -> list[Line]:
        """For a terminal of so many columns."""
        return _lines(self.cycles, width, PLAIN if ascii_only else GLYPHS)

    def text(self, width: int = USUAL, *, ascii_only: bool = False) -> str:
        """The same without colours."""
        return text_of(self.lines(width, ascii_only=ascii_only))

    def svg(self) -> str:
        """The picture alone, as an SVG element."""
        return timeline_svg.svg(self.cycles, ORDER)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return html.block(self.title, self.svg())


def name_of(cycle: Cycle) -> str:
    """What a row is called."""
    if cycle.recovering:
        return f"recover {cycle.cycle}"
    return f"cycle {cycle.cycle}" + (f", attempt {cycle.attempt}" if cycle.attempt > 1 else "")


def end_of(cycle: Cycle) -> str:
    """How a row ends."""
    code = "cut off" if cycle.exit_code is None else f"exit {cycle.exit_code}"
    return f"{code}, {seconds_text(cycle.ended - cycle.began)}"


def _lines(cycles: Sequence[Cycle], width: int, glyphs: dict[Doing, str]) -> list[Line]:
    shown = _shown(cycles)
    names = max(wide(name_of(cycle)) for cycle in shown if cycle is not None)
    ends = max(wide(end_of(cycle)) for cycle in shown if cycle is not None)
    bar = max(width - names - ends - 4, MIN_BAR)
    whole = max(cycle.ended for cycle in cycles) or 1.0
    lines: list[Line] = [_axis(names, bar, whole)]
    for cycle in shown:
        if cycle is None:
            lines.append((Piece(f"… {len(cycles) - FIRST_ROWS - LAST_ROWS} more", "dim"),))
        else:
            role = "good" if cycle.exit_code == 0 else "bad"
            pieces = _bar(cycle, bar, whole, glyphs)
            lines.append((Piece(padded(name_of(cycle), names) + "  "), *pieces, Piece(f"  {end_of(cycle)}", role)))
    return [*lines, *_legend(shown, width, glyphs)]


def _shown(cycles: Sequence[Cycle]) -> list[Cycle | None]:
    if len(cycles) <= FIRST_ROWS + LAST_ROWS:
        return list(cycles)
    return [*cycles[:FIRST_ROWS], None, *cycles[-LAST_ROWS:]]


def _axis(names: int, bar: int, whole: float) -> Line:
    """Where time begins, and where it ends."""
    end = seconds_text(whole)
    return (Piece(" " * (names + 2) + padded("0", bar - wide(end)) + end, "dim"),)


def _bar(cycle: Cycle, bar: int, whole: float, glyphs: dict[Doing, str]) -> list[Piece]:
    """One letter at least for each part that took time; the longest gives way to the others."""
    seconds = cycle.seconds
    parts = [doing for doing in ORDER if seconds.get(doing, 0) > 0 and doing is not Doing.RECORDING]
    begin = min(int(cycle.began / whole * bar), bar - 1)
    room = max(min(round(cycle.ended / whole * bar), bar) - begin, len(parts), 1)
    begin = max(min(begin, bar - room), 0)
    columns = {doing: max(int(seconds[doing] / whole * bar), 1) for doing in parts}
    for longest in sorted(parts, key=lambda doing: seconds[doing])[-1:]:
        columns[longest] = max(room - sum(columns[doing] for doing in parts if doing is not longest), 1)
    pieces = [Piece(glyphs[doing] * columns[doing], str(doing)) for doing in parts] or [Piece("|", "bad")]
    drawn = sum(len(piece.text) for piece in pieces)
    return [Piece(" " * begin), *pieces, Piece(" " * max(bar - begin - drawn, 0))]


def _legend(shown: Sequence[Cycle | None], width: int, glyphs: dict[Doing, str]) -> list[Line]:
    seen = {doing for cycle in shown if cycle is not None for doing in cycle.seconds}
    parts = [f"{glyphs[doing]} {doing}" for doing in ORDER if doing in seen and doing is not Doing.RECORDING]
    return [(Piece(line, "dim"),) for line in joined(parts, "   ", width)]
