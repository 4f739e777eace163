"""A question that a command asks before it acts: one key. Whoever can't press one has to say -y."""

import os
import sys
import termios
import tty
from collections.abc import Iterable

from qq.shell.cli.options import complain


def agreed(command: str, question: str, otherwise: str, shown: Iterable[str] = ()) -> bool:
    """Whether the user wants it. ``otherwise``: what is told if not (``nothing was deleted``); ``shown``: lines before
    the question, for whoever can answer it.
    """
    if not sys.stdin.isatty():
        complain(f"{command} asks before it acts, and there is no terminal to ask on: use -y")
        return False
    for line in shown:
        print(line)
    key = _key(f"{question} [y/N] ")
    print(key if key.isprintable() else "")
    if key.lower() != "y":
        complain(otherwise)
    return key.lower() == "y"


def _key(question: str) -> str:
    """The key that answers: one pressed before the question is thrown away, one pressed right after it counts."""
    terminal = sys.stdin.fileno()
    usual = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        print(question, end="", flush=True)
        return os.read(terminal, 32).decode(errors="replace").strip()
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, usual)
