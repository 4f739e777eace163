"""Text for a terminal of any width, as pieces that know what they are: who prints them may give them colours."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from unicodedata import combining, east_asian_width

from qq.core.one_line import one_line

USUAL = 80
"""Columns, where nobody says how many there are."""
LEAST = 40
GAP = 2


class Piece(NamedTuple):
    """Some text, and what it is: ``good``, ``bad``, ``warn``, ``dim``, ``head``, a part of a life, or nothing."""

    text: str
    role: str = ""


Line = tuple[Piece, ...]
Lines = Sequence[Line]


class Row(NamedTuple):
    """A row of a table, and what stands below it across all columns."""

    cells: Sequence[Piece]
    note: Sequence[Piece] = ()


def text_of(lines: Iterable[Line]) -> str:
    """The bare text."""
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


def wide(text: str) -> int:
    """The columns that a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, width: int) -> str:
    """Filled up with blanks."""
    return text + " " * max(width - wide(text), 0)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many columns, broken at blanks, inside a word only where there is no other way."""
    lines = [""]
    for word in one_line(text).split(" "):
        for part in _parts(word, width):
            joined = f"{lines[-1]} {part}" if lines[-1] else part
            if wide(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(part)
    return lines


def joined(parts: Iterable[str], between: str, width: int) -> list[str]:
    """Parts in lines of at most so many columns; no part is broken."""
    lines: list[str] = []
    for part in parts:
        if lines and wide(lines[-1] + between + part) < width:
            lines[-1] += between + part
        else:
            lines[-1:] = [line + between.rstrip() for line in lines[-1:]]
            lines.append(part)
    return lines


def table(heads: Sequence[str], rows: Sequence[Row], width: int) -> list[Line]:
    """Columns as wide as they need to be; where that is too much, the widest ones wrap (60 columns do)."""
    widths = _widths(heads, rows, width)
    lines = [*_cells([Piece(head, "head") for head in heads], widths)]
    for row in rows:
        lines += _cells(row.cells, widths)
        lines += note_lines(row.note, width)
    return lines


def cards(heads: Sequence[str], rows: Sequence[Row], width: int) -> list[Line]:
    """The same, one below the other, for narrow terminals: the first cell is the title; empty cells are left out."""
    label = max(map(wide, heads[1:]), default=0) + GAP
    lines: list[Line] = []
    for row in rows:
        lines += [(Piece(part, "head"),) for part in wrapped(row.cells[0].text, width)]
        for head, cell in zip(heads[1:], row.cells[1:], strict=True):
            for number, part in enumerate(wrapped(cell.text, width - label - GAP) if cell.text else ()):
                lines.append((Piece(" " * GAP + padded("" if number else head, label), "dim"), Piece(part, cell.role)))
        lines += note_lines(row.note, width)
    return lines


def note_lines(note: Sequence[Piece], width: int) -> Iterator[Line]:
    """Below a row, indented; each piece begins a line of its own."""
    for piece in note:
        for part in wrapped(piece.text, width - 2 * GAP):
            yield (Piece(" " * 2 * GAP + part, piece.role),)


def _parts(word: str, width: int) -> Iterator[str]:
    while len(word) > 1 and wide(word) > width:
        length = next(n for n in range(len(word), 0, -1) if wide(word[:n]) <= width or n == 1)
        yield word[:length]
        word = word[length:]
    yield word


def _widths(heads: Sequence[str], rows: Sequence[Row], width: int) -> list[int]:
    columns = list(zip(heads, *([cell.text for cell in row.cells] for row in rows), strict=True))
    widths = [max(wide(one_line(text)) for text in column) for column in columns]
    least = [max(wide(word) for text in column for word in one_line(text).split(" ")) for column in columns]
    least[0] = min(widths[0], max(least[0], width // 4))
    while sum(widths) + GAP * (len(widths) - 1) > width:
        wraps = [n for n in range(len(widths)) if widths[n] > least[n]]
        widest = max(wraps or range(len(widths)), key=lambda n: widths[n])
        widths[widest] -= 1
    return widths


def _cells(cells: Sequence[Piece], widths: Sequence[int]) -> Iterator[Line]:
    """The lines of a row. Nothing follows the last column: a terminal would wrap blanks that have no room, too."""
    columns = [wrapped(cell.text, width) for cell, width in zip(cells, widths, strict=True)]
    for number in range(max(map(len, columns))):
        texts = [column[number] if number < len(column) else "" for column in columns]
        filled = zip(texts[:-1], widths, cells, strict=False)
        before = (Piece(padded(text, width) + " " * GAP, cell.role) for text, width, cell in filled)
        yield (*before, Piece(texts[-1], cells[-1].role))
