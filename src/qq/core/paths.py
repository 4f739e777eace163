"""Paths as text: joined, normalised, turned to bytes and back. Nothing here looks at a file system."""

import posixpath
from collections.abc import Iterable
from functools import lru_cache

from qq.core.names import MARK_SUFFIX, TEMPORARY_PREFIX


def to_bytes(path: str) -> bytes:
    """The bytes of a path; surrogate escapes become the bytes they stand for."""
    return path.encode("utf-8", "surrogateescape")


def to_text(path: bytes) -> str:
    """The text of a path; bytes that are no UTF-8 become surrogate escapes."""
    return path.decode("utf-8", "surrogateescape")


def is_path(text: str) -> bool:
    """Whether a text has the bytes of a path: no NUL, and no half of a character that stands for no byte."""
    try:
        return b"\0" not in to_bytes(text)
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=1024)
def join(directory: str, *names: str) -> str:
    """Joined and normalised; an absolute name wins. Links are not followed."""
    for name in names:  # as posixpath.join, without asking what kind of paths these are
        slash = "" if not directory or directory.endswith("/") else "/"
        directory = name if name.startswith("/") else f"{directory}{slash}{name}"
    return posixpath.normpath(directory)


def child(directory: str, name: str) -> str:
    """A plain name in a directory: what ``join`` gives for it, where neither is asked for again."""
    return f"{directory}{name}" if directory.endswith("/") else f"{directory}/{name}"


@lru_cache(maxsize=1024)
def same_path(one: str, other: str) -> bool:
    """Whether two paths are the same when they are normalised."""
    return posixpath.normpath(one) == posixpath.normpath(other)


@lru_cache(maxsize=1024)
def relative_to(path: str, directory: str) -> str | None:
    """``path`` relative to ``directory``, or None if it is not inside (``.`` if it is the same)."""
    path, directory = posixpath.normpath(path), posixpath.normpath(directory)
    if path == directory:
        return "."
    prefix = directory.rstrip("/") + "/"
    return path[len(prefix) :] if path.startswith(prefix) else None


def under(path: bytes, roots: frozenset[bytes]) -> bool:
    """Whether ``path`` is one of these relative paths, or lies below one of them."""
    if path in roots:
        return True
    end = path.find(b"/")
    while end >= 0:
        if path[:end] in roots:
            return True
        end = path.find(b"/", end + 1)
    return False


def roots(paths: Iterable[bytes]) -> frozenset[bytes]:
    """For ``under``."""
    return frozenset(paths)


def mark_path(*, work_dir: str, input_dir: str, job_name: str) -> str:
    """Where the mark of a working directory stands: beside it, or in ``input_dir`` a runtime file.

    The lists stand at this path + ``.list``, ``.synced`` and ``.proof``.
    """
    if work_dir == input_dir:
        return join(input_dir, f".{job_name}{MARK_SUFFIX}")
    return work_dir.rstrip("/") + MARK_SUFFIX


def temporary_dir(directory: str, token: str, purpose: str = "") -> str:
    """Where copies for ``directory`` stand until they are whole; ``purpose``: ``sync``."""
    return join(directory, f"{TEMPORARY_PREFIX}{token}{'-' + purpose if purpose else ''}")
