"""Slurm's ways to write times, durations, sizes and counts, as values; what is none of these is None, never an error.

A value that is not known is written in many ways (``Unknown``, ``None``, ``N/A``, ``(null)``, ``UNLIMITED``…).
"""

import re
from datetime import datetime, timedelta

from qq.core.records.values import Size

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_DURATION = re.compile(r"(?:(\d{1,6})-)?(\d{1,6})(?::(\d\d))?(?::(\d\d))?")
_SIZE = re.compile(r"(\d{1,15})(?:\.(\d{1,6}))?([KMGTP]?)[nc]?")
_UNITS = {"K": 1, "": 1024, "M": 1024, "G": 1024**2, "T": 1024**3, "P": 1024**4}
"""kB; a number alone counts megabytes."""
SIGNAL = 128
"""What is added to the number of the signal that a job died of."""
NEVER_LAUNCHED = 53
"""The "signal" of a job whose output file or directory could not be opened on the node: it has never run."""


def time_of(text: str) -> datetime | None:
    """``2026-11-22T15:32:58``, local."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def seconds_of(text: str) -> int | None:
    """``1-02:03:04``, ``1-02``, ``02:03:04``, ``03:04`` (minutes first), ``5`` (minutes), in seconds."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    days, first, second, third = (None if part is None else int(part) for part in match.groups())
    if days is not None:
        return days * 86400 + (first or 0) * 3600 + (second or 0) * 60 + (third or 0)
    if third is not None:
        return (first or 0) * 3600 + (second or 0) * 60 + third
    return (first or 0) * 60 + (second or 0)


def duration_text(seconds: int) -> str:
    """For ``--time``: days, hours, minutes, seconds. Slurm itself rounds up to minutes."""
    days, rest = divmod(max(seconds, 0), 86400)
    return f"{days}-{timedelta(seconds=rest)}" if rest >= 36000 else f"{days}-0{timedelta(seconds=rest)}"


def size_of(text: str) -> Size | None:
    """``100M``, ``1.50G``, ``4000Mn`` (older sacct), ``0``; rounded up to kB."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    whole, decimals, unit = match.groups()
    digits = decimals or ""
    return Size(-(-int(whole + digits) * _UNITS[unit] // 10 ** len(digits)))


def count_of(text: str) -> int | None:
    """A number of nodes, cpus or tasks; sometimes a range (``2-4``: the least)."""
    match = re.fullmatch(r"(\d{1,9})(?:-\d{1,9})?", text)
    return None if match is None else int(match[1])


def resources_of(text: str) -> dict[str, str]:
    """``cpu=6,mem=600M,node=3,gres/gpu=2`` (TRES), by name."""
    pairs = (item.partition("=") for item in text.split(","))
    return {name: value for name, equals, value in pairs if equals}


def gpus_of(resources: dict[str, str]) -> int | None:
    """How many gpus these resources have: in all, else the sum over their kinds."""
    if "gres/gpu" in resources:
        return count_of(resources["gres/gpu"])
    kinds = [count_of(value) or 0 for name, value in resources.items() if name.startswith("gres/gpu:")]
    return sum(kinds) if kinds else None


def exit_code_of(said: tuple[int, int] | None, *, ended_well: bool) -> int | None:
    """As a shell tells it: 128 + N for signal N. None: it never ran, or did not end well and yet says 0:0."""
    if said is None or said[1] == NEVER_LAUNCHED or (said == (0, 0) and not ended_well):
        return None
    return SIGNAL + said[1] if said[1] else said[0]


def code_and_signal(text: str) -> tuple[int, int] | None:
    """``3:0`` or ``0:9``, as sacct and scontrol write it."""
    match = re.fullmatch(r"(\d{1,9}):(\d{1,9})", text)
    return None if match is None else (int(match[1]), int(match[2]))


def code_and_signal_of_status(text: str) -> tuple[int, int] | None:
    """The same from a status as wait(2) gives it, which is what squeue writes (``768`` is exit code 3)."""
    if not re.fullmatch(r"\d{1,9}", text):
        return None
    return (int(text) >> 8) & 0xFF, int(text) & 0x7F
