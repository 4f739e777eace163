"""The colours of the terminal, as data: what a piece of a line is → its looks, on a dark and on a light background.

Numbers are those of xterm's 256 colours: what the first sixteen look like, each terminal decides for itself.
"""

from qq.core.names import DARK, LIGHT

COLOURS = {
    DARK: {"good": 77, "bad": 203, "warn": 221, "waits": 177, "running": 75, "staging": 80, "faint": 247},
    LIGHT: {"good": 22, "bad": 160, "warn": 94, "waits": 91, "running": 25, "staging": 23, "faint": 242},
}
"""Theme → role → colour."""

ROLES = {
    "head": "",
    "dim": "faint",
    "archiving": "waits",
    "copying home": "good",
    "submitting": "warn",
    "ending": "bad",
    "starting anew": "warn",
}
"""What a piece is → the role whose colour it has, if it is none itself; empty: no colour."""
BOLD = ("head", "starting anew")

PIECES = (*COLOURS[DARK], *ROLES)


def looks(theme: str, piece: str) -> tuple[int | None, bool]:
    """The colour of a piece (None: the terminal's own), and whether it is bold."""
    return COLOURS[theme].get(ROLES.get(piece, piece)), piece in BOLD
