"""Slurm's lists of nodes: ``node[1-3,7]``, ``n[08-11]``, ``rack[1-2]n[1-4]``, ``a,b[2-3]``, as names in their order."""

import re
from collections.abc import Iterator

from pyrsistent import PVector, pvector

MOST = 100_000
"""More names than this are not written out: then the list stands as it came."""
_NOBODY = frozenset({"", "(null)", "None assigned", "None", "N/A", "Unknown"})
_RANGE = re.compile(r"(\d{1,12})(?:-(\d{1,12}))?")


def node_names(text: str) -> PVector[str]:
    """Every node of a list. What can't be read as a list is one name; nothing assigned gives none."""
    if text in _NOBODY:
        return pvector()
    names: list[str] = []
    for item in _items(text):
        expanded = _expanded(item, MOST - len(names))
        if expanded is None:
            return pvector([text])
        names += expanded
    return pvector(names)


def _items(text: str) -> Iterator[str]:
    """The parts between commas that stand outside brackets."""
    depth = start = 0
    for place, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _expanded(item: str, most: int) -> list[str] | None:
    """The names of one item, at most so many; None: it is no item, or has more."""
    names = [""]
    for position, part in enumerate(re.split(r"\[([^\[\]]*)\]", item)):
        choices = [part] if position % 2 == 0 else _numbers(part, most)
        if choices is None or len(names) * len(choices) > most or (position % 2 == 0 and re.search(r"[\[\]]", part)):
            return None
        names = [name + choice for name in names for choice in choices]
    return names if all(names) else None


def _numbers(text: str, most: int) -> list[str] | None:
    """``08-11,13`` as it is counted; leading zeros keep their place."""
    numbers: list[str] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            return None
        first, last = match[1], match[2] or match[1]
        if int(last) < int(first) or int(last) - int(first) >= most - len(numbers):
            return None
        numbers += [str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)]
    return numbers
