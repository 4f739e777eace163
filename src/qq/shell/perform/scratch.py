"""Looks where a working directory can be made, and which ones stand there already. Makes nothing."""

import os
from collections.abc import Iterable, Mapping

from qq.core.scratch import taken_numbers


def home_directory(environ: Mapping[str, str]) -> str:
    """The user's own, as the environment says, else as the system knows it."""
    return environ.get("HOME") or os.path.expanduser("~")


def first_writable(paths: Iterable[str]) -> str | None:
    """The first of these paths at which a directory could be made; None: there is none."""
    return next((path for path in paths if _can_be_made(path)), None)


def _can_be_made(path: str) -> bool:
    """The nearest directory above it that exists lets us."""
    parent = os.path.dirname(path)
    while not os.path.lexists(parent):
        parent = os.path.dirname(parent)
    return os.path.isdir(parent) and os.access(parent, os.W_OK | os.X_OK)


def taken(scratch: str) -> frozenset[int]:
    """The numbers n for which ``<scratch>.n`` (1: ``<scratch>``), or a mark of it, stands already."""
    directory, name = os.path.split(scratch)
    try:
        return taken_numbers(name, os.listdir(directory))
    except FileNotFoundError:
        return frozenset()
