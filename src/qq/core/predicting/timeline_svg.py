"""The timeline as an inline SVG element. Colours come from the style that stands around it."""

from collections.abc import Sequence
from html import escape

from qq.core.amounts import seconds_text
from qq.core.predicting.doing import Doing
from qq.core.predicting.playing import Cycle

LEFT, RIGHT, BAR, ROW, TOP = 130, 90, 560, 20, 26
MOST = 60
"""Rows; of longer chains the first ones are drawn."""
LEAST = 2.0
"""Pixels of the shortest part."""
_NICE = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000)


def svg(cycles: Sequence[Cycle], order: Sequence[Doing]) -> str:
    """One row per batch job or recovery, one rectangle per part of its life; hovering tells how long it took."""
    shown = cycles[:MOST]
    whole = max((cycle.ended for cycle in shown), default=0.0) or 1.0
    bottom = TOP + ROW * len(shown)
    rows = "".join(_row(cycle, number, whole, order) for number, cycle in enumerate(shown))
    more = "" if len(cycles) <= MOST else _text(LEFT, bottom + 14, f"… and {len(cycles) - MOST} more", "dim")
    height = bottom + (20 if more else 4) + 22
    parts = f"{_ticks(whole, bottom)}{rows}{more}{_legend(shown, order, height - 8)}"
    width = LEFT + BAR + RIGHT
    return (
        f'<svg role="img" aria-label="timeline" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'style="max-width:100%;height:auto">{parts}</svg>'
    )


def _row(cycle: Cycle, number: int, whole: float, order: Sequence[Doing]) -> str:
    y = TOP + ROW * number
    name = f"recover {cycle.cycle}" if cycle.recovering else f"cycle {cycle.cycle}"
    name += f", attempt {cycle.attempt}" if cycle.attempt > 1 and not cycle.recovering else ""
    x = LEFT + cycle.began / whole * BAR
    bars: list[str] = []
    spent = cycle.seconds
    for doing in order:
        seconds = spent.get(doing, 0.0)
        if seconds > 0 and doing is not Doing.RECORDING:
            wide = max(seconds / whole * BAR, LEAST)
            bars.append(_rect(x, y, wide, doing, f"{name}: {doing} {seconds_text(seconds)}"))
            x += wide
    code = "cut off" if cycle.exit_code is None else f"exit {cycle.exit_code}"
    mark = "✓" if cycle.exit_code == 0 else "✗"
    end = _text(max(x, LEFT + cycle.ended / whole * BAR) + 6, y + 13, f"{mark} {code}", "")
    return _text(4, y + 13, name, "") + "".join(bars) + end


def _rect(x: float, y: float, wide: float, doing: Doing, title: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y + 3}" width="{wide:.1f}" height="{ROW - 7}" rx="1" '
        f'style="fill:{_colour(doing)}"><title>{escape(title)}</title></rect>'
    )


def _colour(doing: Doing) -> str:
    return f"var(--{str(doing).replace(' ', '-')})"


def _text(x: float, y: float, words: str, role: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{role}">{escape(words)}</text>'


def _ticks(whole: float, bottom: int) -> str:
    step = next((nice for nice in _NICE if whole / nice <= 6), whole / 6)
    found = []
    for number in range(int(whole / step) + 1):
        x = LEFT + number * step / whole * BAR
        found.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}"/>')
        found.append(_text(x + 2, TOP - 10, seconds_text(number * step) if number else "0", "dim"))
    return "".join(found)


def _legend(shown: Sequence[Cycle], order: Sequence[Doing], y: float) -> str:
    seen = {doing for cycle in shown for doing in cycle.seconds}
    x, found = float(LEFT), []
    for doing in order:
        if doing in seen and doing is not Doing.RECORDING:
            found.append(f'<rect x="{x:.0f}" y="{y - 9:.0f}" width="10" height="10" style="fill:{_colour(doing)}"/>')
            found.append(_text(x + 14, y, str(doing), "dim"))
            x += 34 + 6 * len(doing)
    return "".join(found)
