"""Ids of PBS jobs: ``17.server``, ``17[3].server``, ``17``; only what can be one is handed to a client program.

qstat takes a word that is no id for the name of a queue, and would print all jobs of that queue.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

_ID = re.compile(r"[0-9]{1,18}(?:\[[0-9]*\])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?", re.ASCII)


def is_id(word: str) -> bool:
    """Whether PBS would take this word for a job's id."""
    return _ID.fullmatch(word) is not None


def same_job(one: str, other: str) -> bool:
    """Whether two ids mean the same job: a server may be left out, or written without its domain."""
    if one == other:
        return True
    number, _, server = one.partition(".")
    other_number, _, other_server = other.partition(".")
    if number != other_number:
        return False
    return not server or not other_server or _within(server, other_server) or _within(other_server, server)


def _within(short: str, full: str) -> bool:
    return full.startswith(f"{short}.")


def under(word: str, known: Mapping[str, T]) -> T | None:
    """What is known of the job that a word means."""
    if word in known:
        return known[word]
    return next((value for job_id, value in known.items() if same_job(word, job_id)), None)
