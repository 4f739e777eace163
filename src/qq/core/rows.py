"""Records in order that draw themselves as a table, in a terminal and in a notebook."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from qq.core.predicting import html
from qq.core.predicting.layout import Line, Piece, Row, cards, table, text_of

T = TypeVar("T")

WIDTH, NARROW = 120, 60
"""Columns: as many as a terminal is taken to have; below so many a table would be a column of syllables."""


class Drawn(NamedTuple):
    """A table before it is laid out."""

    heads: Sequence[str]
    rows: Sequence[Row]


class Rows(tuple[T, ...]):
    """A tuple of records. ``troubles``: what could not be found or asked, a line each."""

    title: str
    troubles: tuple[str, ...]
    _draw: Callable[[Sequence[T]], Drawn]

    def __new__(
        cls, made: Iterable[T], *, title: str, draw: Callable[[Sequence[T]], Drawn], troubles: Iterable[str] = ()
    ) -> "Rows[T]":
        """``draw``: how these records look, called when they are looked at."""
        new = super().__new__(cls, tuple(made))
        new.title, new.troubles, new._draw = title, tuple(troubles), draw  # noqa: SLF001
        return new

    def lines(self, width: int = WIDTH) -> list[Line]:
        """The table in so many columns, then the troubles."""
        drawn = self._draw(self)
        head: list[Line] = [] if self else [(Piece(f"{self.title}: none", "dim"),)]
        rows = (cards if width < NARROW else table)(drawn.heads, drawn.rows, width) if self else []
        return [*head, *rows, *((Piece(trouble, "bad"),) for trouble in self.troubles)]

    def text(self, width: int = WIDTH) -> str:
        """For a terminal of so many columns."""
        return text_of(self.lines(width))

    def __reduce__(self) -> tuple[object, ...]:
        """For copies and pickles: notebooks keep what they were given."""
        return _again, (type(self), tuple(self)), self.__dict__

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        drawn = self._draw(self)
        cells = (
            [
                *(html.text(cell.text, cell.role) for cell in row.cells),
                "<br>".join(html.text(note.text, note.role) for note in row.note),
            ]
            for row in drawn.rows
        )
        troubles = "".join(f"<p>{html.text(trouble, 'bad')}</p>" for trouble in self.troubles)
        return html.block(self.title, html.table([*drawn.heads, ""], cells) if self else "<p>none</p>", troubles)


def _again(kind: type[Rows[T]], made: tuple[T, ...]) -> Rows[T]:
    return tuple.__new__(kind, made)
