"""The terminal as rich draws on it. No markup and no emoji codes: what is shown was named by others."""

import shutil

from rich.console import Console

WITHOUT_TERMINAL = 120
"""Columns that are assumed where nobody says."""


def console(*, stderr: bool = False, without_terminal: int = WITHOUT_TERMINAL) -> Console:
    """A console for stdout or stderr, as wide as the terminal; colours only where it is one.

    ``without_terminal``: columns where there is none.
    """
    width = shutil.get_terminal_size((without_terminal, 24)).columns
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width, soft_wrap=False)
