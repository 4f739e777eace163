"""Both themes can be read on their background, and are what is drawn."""

import io

import pytest

from qq.core.names import DARK, LIGHT, THEMES
from qq.core.predicting.layout import Piece
from qq.shell.present.cluster_tables import STYLES as NODE_STYLES
from qq.shell.present.jobs_table import STYLES as JOB_STYLES
from qq.shell.present.panel import ROLES as PANEL_ROLES
from qq.shell.present.pieces import codes, shown
from qq.shell.present.terminal import console
from qq.shell.present.themes import BOLD, COLOURS, PIECES, ROLES, looks

BACKGROUNDS = {DARK: ((0, 0, 0), (30, 30, 30)), LIGHT: ((255, 255, 255), (245, 245, 245))}
"""Usual ones, of either kind."""
READABLE = 4.5
"""The contrast of WCAG 2, level AA, for text."""


def rgb(number: int) -> tuple[int, int, int]:
    """One of xterm's colours from 16 on: a cube of 6 × 6 × 6, then greys."""
    if number >= 232:
        return (8 + 10 * (number - 232),) * 3
    steps = (0, 95, 135, 175, 215, 255)
    cube = number - 16
    return steps[cube // 36], steps[cube // 6 % 6], steps[cube % 6]


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_can_be_read_on_its_background_and_told_from_the_others(theme: str) -> None:
    for background in BACKGROUNDS[theme]:
        poor = {role: number for role, number in COLOURS[theme].items() if contrast(rgb(number), background) < READABLE}
        assert poor == {}
    assert len(set(COLOURS[theme].values())) == len(COLOURS[theme])


def test_both_have_the_same_roles_and_every_piece_has_one() -> None:
    assert COLOURS[DARK].keys() == COLOURS[LIGHT].keys()
    assert {*filter(None, ROLES.values())} <= COLOURS[DARK].keys()
    used = {*PANEL_ROLES.values(), *JOB_STYLES.values(), *NODE_STYLES.values(), *BOLD}
    assert used <= set(PIECES)


def test_what_is_no_role_looks_like_all_text() -> None:
    assert looks(DARK, "") == looks(LIGHT, "no such") == (None, False)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_have_the_colours_of_the_theme(theme: str) -> None:
    line = (Piece("well", "good"), Piece(" "), Piece("title", "head"), Piece("again", "starting anew"))
    good, warn = COLOURS[theme]["good"], COLOURS[theme]["warn"]
    assert shown([line], theme) == (f"\x1b[38;5;{good}mwell\x1b[0m \x1b[1mtitle\x1b[0m\x1b[1;38;5;{warn}magain\x1b[0m")
    assert shown([line], None) == "well titleagain"


@pytest.mark.parametrize("theme", THEMES)
def test_tables_have_the_same_colours(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = console(theme=theme)
    out.file = io.StringIO()
    for piece in PIECES:
        out.print("x", style=piece)
    drawn = out.file.getvalue().splitlines()
    assert drawn == [f"\x1b[{codes(theme, piece)}mx\x1b[0m" for piece in PIECES]
