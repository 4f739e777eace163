"""A question that a command asks before it acts: one key. Whoever can't press one has to say -y."""

import sys
from collections.abc import Iterable

import click

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
    print(f"{question} [y/N] ", end="", flush=True)
    try:
        key = click.getchar()
    except EOFError:  # Ctrl-D
        key = ""
    print(key if key.isprintable() else "")
    if key.lower() != "y":
        complain(otherwise)
    return key.lower() == "y"
