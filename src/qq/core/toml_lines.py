"""In which line of a TOML text each key stands, which the standard parser does not tell.

A statement is the shortest run of lines that is valid by itself: a table's head, or a key with its value.
"""

import tomllib
from collections.abc import Iterator, Mapping

LONGEST = 500
"""Lines of one statement; a longer one is passed over, so that no text takes long."""


def key_lines(text: str) -> dict[str, int]:
    """Key, joined with dots → number of its line, from 1. Of a text that is no TOML: as far as it can be told."""
    found: dict[str, int] = {}
    head: tuple[str, ...] = ()
    for number, statement in _statements(text):
        tree = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            head = _path(tree)
            found.setdefault(".".join(head), number)
        else:
            for path in _paths(tree):
                found.setdefault(".".join((*head, *path)), number)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each with the number of its first line."""
    waiting: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        waiting.append(line)
        joined = "\n".join(waiting)
        if _is_valid(joined):
            if joined.strip():
                yield number - len(waiting) + 1, joined
            waiting = []
        elif len(waiting) == LONGEST:
            waiting = []


def _is_valid(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _path(head: Mapping[str, object]) -> tuple[str, ...]:
    """``{"a": {"b": {}}}`` → a, b; of an array of tables the same."""
    for name, inner in head.items():
        return (name, *_path(inner if isinstance(inner, Mapping) else {}))
    return ()


def _paths(tree: Mapping[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in tree.items():
        yield (*above, name)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, name))
