"""Tables that fit the terminal: a narrow one does without the less important columns.

What is shown was named by others: every cell is made harmless.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct, field
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from qq.shell.present.plain import plain

T = TypeVar("T")

Column = tuple[str, Callable[[T], str]]
"""A title, and the text for a row."""

GAP = 2
STATE = "state"
"""The column that is coloured."""


class Layout(Struct, frozen=True, kw_only=True):
    """``folds``: columns that may take several lines, and how narrow they may get; ``gives_way``: what a narrow
    terminal does without, in this order; ``right``: columns of numbers.
    """

    folds: Mapping[str, int] = field(default_factory=dict)
    gives_way: Sequence[str] = ()
    right: frozenset[str] = frozenset()


def used(column: Column[T], rows: Sequence[T]) -> bool:
    """Whether anything is known for it."""
    return any(map(column[1], rows))


def fitting_table(
    rows: Sequence[T], columns: Sequence[Column[T]], layout: Layout, *, width: int, style: Callable[[T], str]
) -> Table:
    """The rows in at most ``width`` columns of the terminal; ``style``: what a row's state is, for the theme."""
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    natural = {title: max(map(cell_len, [title, *(plain(text(row)) for row in rows)])) for title, text in columns}
    widths = _narrowed(_fitting(natural, layout, width), layout, width)
    shown = [column for column in columns if column[0] in widths]
    for title, _ in shown:
        table.add_column(
            title,
            justify="right" if title in layout.right else "left",
            no_wrap=title not in layout.folds,
            overflow="fold",
            width=widths[title],
        )
    for row in rows:
        table.add_row(*(Text(plain(text(row)), style=style(row) if title == STATE else "") for title, text in shown))
    return table


def _fitting(natural: Mapping[str, int], layout: Layout, width: int) -> dict[str, int]:
    """Title → width, without the columns that have to give way, least important first."""
    needed = {title: min(wide, layout.folds.get(title, wide)) + GAP for title, wide in natural.items()}
    for title in layout.gives_way:
        if sum(needed.values()) <= width:
            break
        needed.pop(title, None)
    return {title: natural[title] for title in needed}


def _narrowed(widths: dict[str, int], layout: Layout, width: int) -> dict[str, int]:
    """The same, but the widest of the columns that fold give what is missing.

    They get narrower than they should rather than that anything is cut off.
    """
    narrowed = dict(widths)
    for least in (layout.folds, dict.fromkeys(layout.folds, 1)):
        while sum(narrowed.values()) + GAP * len(narrowed) > width:
            able = [title for title, wide in narrowed.items() if wide > least.get(title, wide)]
            if not able:
                break
            narrowed[max(able, key=lambda title: narrowed[title])] -= 1
    return narrowed
