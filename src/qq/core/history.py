"""The cycles of a loop job, one by one: from the records and files that its archive keeps. Nothing here looks there.

``spans`` says what to look at, from the archive's names alone; ``cycle`` makes a row of what was found. Linear.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from qq.core.archive_format import cycle_of, filled
from qq.core.job_names import job_name, runtime_files
from qq.core.lifecycle.decisions import next_token
from qq.core.names import INFO_SUFFIX
from qq.core.paths import to_bytes, to_text
from qq.core.records.job import JobInfo, LoopInfo
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState

_OWN_NAME = re.compile(r"\+([0-9]{4,})")
NO_RECORD = "no record in the archive"
FAR = 100_000
"""Cycles: a second's work."""


class Span(Struct, frozen=True):
    """A cycle with what the archive has of it, or several in a row of which it has nothing."""

    first: int
    last: int
    records: tuple[bytes, ...] = ()
    """Names of info files that may be its record."""
    files: tuple[bytes, ...] = ()
    """Names that belong to it, records and the like included."""


class Cycle(Struct, frozen=True, kw_only=True):
    """A row of the history. ``last`` differs from ``first`` only where nothing is known of several in a row."""

    first: int
    last: int
    job_id: str | None = None
    state: RecordState | None = None
    started: datetime | None = None
    seconds: int | None = None
    """From its start to its end."""
    exit_code: int | None = None
    """The script's, else the job's."""
    files: int = 0
    """Names in the archive that belong to it."""
    size: int | None = None
    """Bytes of these; None: they could not be looked at."""
    wrong: str = ""
    """Why nothing is known of it, or not all."""


def spans(job: JobInfo, names: Iterable[bytes], newest: int | None = None) -> list[Span]:
    """What to look at, oldest first; ``newest``: only so many, from the current cycle back."""
    loop = job.loop
    if loop is None:
        return []
    records: dict[int, list[bytes]] = {}
    files: dict[int, list[bytes]] = {}
    for name in names:
        number = cycle_of(loop.archive_format, name)
        if number is not None:
            files.setdefault(number, []).append(name)
        for of in _recorded_in(job, loop, name, number):
            records.setdefault(of, []).append(name)
    known = {number for number in (*records, *files) if loop.start <= number <= loop.current} | {loop.current}
    gapless = [
        Span(*limits, tuple(sorted(records.get(limits[0], ()))), tuple(sorted(files.get(limits[0], ()))))
        for limits in _limits(loop, sorted(known))
    ]
    return gapless if newest is None else gapless[-newest:]


def tokens_until(job: JobInfo, last: JobInfo) -> Iterator[tuple[str, int]]:
    """The tokens of a loop job and of the cycles after it in one chain, up to that of ``last``, and not for ever."""
    end = 0 if job.loop is None or last.loop is None else min(last.loop.current, job.loop.current + FAR)
    while job.loop is not None and job.loop.current <= end:
        yield job.token, job.loop.current
        job = replace(job, token=next_token(job), loop=replace(job.loop, current=job.loop.current + 1))


def _limits(loop: LoopInfo, known: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Every cycle that something is known of, and what lies between as one."""
    due = min(loop.start, known[0])
    for number in known:
        if number > due:
            yield due, number - 1
        yield number, number
        due = number + 1


def _recorded_in(job: JobInfo, loop: LoopInfo, name: bytes, number: int | None) -> Iterator[int]:
    """The cycle whose record this may be, by its name in the archive or by the one it had before, if that was taken."""
    if not name.endswith(to_bytes(INFO_SUFFIX)):
        return
    text = to_text(name)
    if number is not None and text == filled(loop.archive_format, number) + INFO_SUFFIX:
        yield number
        return
    own = [int(digits) for digits in _OWN_NAME.findall(text)]
    yield from (n for n in own if runtime_files(job_name(job.script_name, JobType.LOOP, n)).info == text)


def cycle(job: JobInfo, span: Span, read: Sequence[JobInfo | str], size: int | None) -> Cycle:
    """A row. ``read``: what the possible records hold, or why one can't be read; ``size``: bytes of its files."""
    loop = job.loop
    current = loop is not None and loop.current == span.first
    records = [one for one in read if isinstance(one, JobInfo) and _is_cycle(one, span.first)]
    found = job if current else max(records, key=lambda one: one.submission_time, default=None)
    if found is None:
        broken = [one for one in read if isinstance(one, str)]
        wrong = broken[0] if broken else "its record is of another job" if read else NO_RECORD
        return Cycle(first=span.first, last=span.last, files=len(span.files), size=size, wrong=wrong)
    return Cycle(
        first=span.first,
        last=span.last,
        job_id=found.job_id,
        state=found.state,
        started=found.start_time,
        seconds=_seconds(found),
        exit_code=found.exit_code if found.script_exit_code is None else found.script_exit_code,
        files=len(span.files),
        size=size,
    )


def _is_cycle(job: JobInfo, number: int) -> bool:
    return job.loop is not None and job.loop.current == number


def _seconds(job: JobInfo) -> int | None:
    if job.start_time is None or job.completion_time is None:
        return None
    return int((job.completion_time - job.start_time).total_seconds())
