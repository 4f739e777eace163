"""The terminal as rich draws on it. No markup and no emoji codes: what is shown was named by others."""

import shutil

from rich.console import Console
from rich.style import Style
from rich.theme import Theme

from qq.core.names import DARK
from qq.shell.present.themes import PIECES, looks

WITHOUT_TERMINAL = 120
"""Columns that are assumed where nobody says."""


def console(*, stderr: bool = False, without_terminal: int = WITHOUT_TERMINAL, theme: str = DARK) -> Console:
    """A console for stdout or stderr, as wide as the terminal; colours only where it is one.

    ``without_terminal``: columns where there is none. ``theme``: what the names of pieces look like as styles.
    """
    width = shutil.get_terminal_size((without_terminal, 24)).columns
    return Console(
        stderr=stderr, markup=False, emoji=False, highlight=False, width=width, soft_wrap=False, theme=_styles(theme)
    )


def _styles(theme: str) -> Theme:
    found = ((piece, *looks(theme, piece)) for piece in PIECES)
    return Theme(
        {piece: Style(color=None if number is None else f"color({number})", bold=bold) for piece, number, bold in found}
    )
