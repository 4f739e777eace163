"""Questions that a command asks before it acts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import QQHome
from tests.terminal import Terminal, terminal

ASKS = """
import os, sys, time
from qq.shell.cli.asking import agreed
print("begins", flush=True)
for _ in range(6000):
    if os.path.exists(sys.argv[1]):
        break
    time.sleep(0.01)
print("agreed" if agreed("recover", "go on?", "nothing was changed", ["a line"]) else "refused")
"""


@contextmanager
def asked(qq_home: QQHome, place: Path, before: str = "") -> Iterator[Terminal]:
    """A program that asks; ``before``: keys that were pressed before it did, and had come: the terminal echoes them."""
    with terminal([sys.executable, "-c", ASKS, str(place / "go")], qq_home.env, place) as made:
        made.until("begins")
        if before:
            made.type(before)
            made.until(before)
        (place / "go").touch()
        assert "a line\n" in made.until("go on? [y/N] ")
        yield made


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("Y", True), ("n", False), ("\r", False), ("\x04", False)])
def test_only_y_means_yes(qq_home: QQHome, tmp_path: Path, key: str, answer: bool) -> None:
    """The key is pressed at once: not even a moment after the question is one lost."""
    with asked(qq_home, tmp_path) as made:
        made.type(key)
        said = made.until("agreed" if answer else "refused")
        assert ("nothing was changed" in said) is not answer
        assert made.end() == 0


def test_a_key_that_was_pressed_before_the_question_does_not_answer_it(qq_home: QQHome, tmp_path: Path) -> None:
    with asked(qq_home, tmp_path, before="y") as made:
        made.type("n")
        assert "nothing was changed" in made.until("refused")


def test_ctrl_c_is_no_answer(qq_home: QQHome, tmp_path: Path) -> None:
    with asked(qq_home, tmp_path) as made:
        made.type("\x03")
        made.until("KeyboardInterrupt")
        assert made.end() != 0
