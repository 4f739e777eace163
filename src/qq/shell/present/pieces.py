"""Lines that know what their pieces are, printed: with colours on a terminal that has them, plainly elsewhere."""

import os
import shutil
import sys

from qq.core.predicting.layout import Line, Lines, text_of
from qq.shell.present.themes import looks

LEAST, WITHOUT_TERMINAL = 40, 100


def columns() -> int:
    """How wide the terminal is."""
    return max(shutil.get_terminal_size((WITHOUT_TERMINAL, 24)).columns, LEAST)


def only_ascii() -> bool:
    """Whether stdout has no more letters than that."""
    try:
        "█▓░→".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def has_colours() -> bool:
    """Whether stdout is a terminal that shows colours to somebody who wants them (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shown(lines: Lines, theme: str | None) -> str:
    """The lines as text for stdout. ``theme`` None: without colours."""
    return text_of(lines) if theme is None else "\n".join(_coloured(line, theme) for line in lines)


def _coloured(line: Line, theme: str) -> str:
    return "".join(_piece(text, codes(theme, role)) for text, role in line)


def _piece(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def codes(theme: str, piece: str) -> str:
    """The terminal's code for a piece (ECMA-48, SGR; the colours are xterm's); empty: it is like all text."""
    number, bold = looks(theme, piece)
    return ";".join([*(["1"] if bold else []), *([f"38;5;{number}"] if number is not None else [])])
