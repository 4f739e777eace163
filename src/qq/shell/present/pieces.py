"""Lines that know what their pieces are, printed: with colours on a terminal that has them, plainly elsewhere."""

import os
import shutil
import sys

from qq.core.predicting.layout import Line, Lines, text_of

CODES = {
    "head": "1",
    "dim": "2",
    "good": "32",
    "bad": "31",
    "warn": "33",
    "waits": "35",
    "staging": "36",
    "running": "34",
    "archiving": "35",
    "copying home": "32",
    "submitting": "33",
    "ending": "31",
    "starting anew": "93",
}
"""What a piece is → the terminal's code for it (ECMA-48, SGR)."""
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


def shown(lines: Lines) -> str:
    """The lines as text for stdout."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text_of(lines)
    return "\n".join(map(_coloured, lines))


def _coloured(line: Line) -> str:
    return "".join(f"\x1b[{CODES[role]}m{text}\x1b[0m" if role in CODES else text for text, role in line)
