"""What people type on a command line about a simulation: exit codes, files that a script writes, what goes wrong."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from pyrsistent import PVector

from qq.core.nearest import did_you_mean
from qq.core.predicting import faults
from qq.core.predicting.checks import MAX_CODE, name_fault
from qq.core.predicting.mishaps import Mishap
from qq.core.records.parse import parse_size
from qq.core.result import Faults, InvalidJob, Result, Success, collect, fault

_NUMBER = re.compile(r"[0-9]{1,9}")


def _refused(_during: str = "", cycle: int | None = None) -> Mishap:
    """There is only one moment in which that can happen."""
    return faults.submission_refused(cycle)


_KINDS: Mapping[str, Callable[..., Mishap]] = {
    "killed": faults.killed,
    "killed-by-user": partial(faults.killed, by_user=True),
    "node-lost": faults.node_lost,
    "node-destroyed": partial(faults.node_lost, for_good=True),
    "requeued": partial(faults.node_lost, requeued=True),
    "scratch-full": partial(faults.disk_full, "scratch"),
    "home-full": partial(faults.disk_full, "home"),
    "batch-silent": faults.batch_silent,
    "refused": _refused,
}
KINDS = (*_KINDS, "fails")


def parse_codes(text: str, place: str) -> Result[PVector[int], Faults]:
    """Exit codes, one per cycle: ``0,0,42``."""
    return collect(_code(word.strip(), place) for word in text.split(","))


def parse_mishap(text: str, place: str) -> Result[Mishap, Faults]:
    """``KIND[:WHEN][:CYCLE]``, as in ``killed:copying home:2``; ``fails:WORDS OF A STEP[:CYCLE]``."""
    kind, *rest = (part.strip() for part in text.split(":"))
    cycle = int(rest.pop()) if rest and _NUMBER.fullmatch(rest[-1]) else None
    when = ":".join(rest)
    try:
        if kind == "fails":
            return Success(faults.fails(when, cycle=cycle))
        if kind not in _KINDS:
            hint = did_you_mean(kind, KINDS, f"kinds are {', '.join(KINDS)}")
            return fault(place, f"'{kind}' is nothing that can go wrong{hint}")
        return Success(_KINDS[kind](when, cycle=cycle) if when else _KINDS[kind](cycle=cycle))
    except InvalidJob as error:
        return fault(place, "; ".join(each.words for each in error.faults))


def parse_file(text: str, place: str) -> Result[tuple[str, int], Faults]:
    """``NAME=SIZE`` → the name, and bytes."""
    name, equals, size = text.rpartition("=")
    if not equals:
        return fault(place, f"'{text}': write NAME=SIZE, as in md.log=3mb")
    wrong = name_fault(name)
    return fault(place, wrong) if wrong else parse_size(size, place).map(lambda found: (name, found.kb * 1024))


def _code(word: str, place: str) -> Result[int, Faults]:
    if _NUMBER.fullmatch(word) and int(word) <= MAX_CODE:
        return Success(int(word))
    return fault(place, f"'{word}' is no exit code; they are 0 to {MAX_CODE}, several separated by commas")
