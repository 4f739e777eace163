"""What scripts print, also while they run, also on another host."""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count

from msgspec import Struct

from qq.core.killing import runs_no_more
from qq.core.names import ERR_SUFFIX, OUT_SUFFIX, QQ_OUT_SUFFIX
from qq.core.real_state import real_state
from qq.core.result import Failure
from qq.shell.following import Text, close, first_there, go_on_at_home, read_on
from qq.shell.perform.others import Others, others_for
from qq.shell.perform.others import close as close_connections
from qq.shell.perform.watch import Watch
from qq.shell.select import Job
from qq.shell.watching import ask_again, read_again

FOLLOW_PAUSE = 0.2
"""Seconds between two looks at a file that grows."""
ASK_EVERY = 5
"""Looks at the file between two questions to the batch system."""

STREAMS = {"out": OUT_SUFFIX, "err": ERR_SUFFIX, "qq": QQ_OUT_SUFFIX}
"""The script's output, its error output, what qq itself said."""


class UnreadableError(Exception):
    """The text can't be read (any more), or is not there: words that follow the job's name."""


class Log(Struct, frozen=True, kw_only=True):
    """What a job's script has printed so far; ``trouble``: why that is not, or may not be, all."""

    name: str
    job_id: str | None
    text: str = ""
    trouble: str = ""

    def __repr__(self) -> str:
        wrong = f"{self.name}: {self.trouble}\n" if self.trouble else ""
        return f"==> {self.name} <==\n{wrong}{self.text}"


class _Reading(Struct, frozen=True):
    """What is read of which job; ``follow``: until it ends."""

    job: Job
    suffix: str
    follow: bool
    others: Others
    complain: Callable[[str], None]


def log_of(job: Job, environ: Mapping[str, str], stream: str) -> Log:
    """All that there is now."""
    wrong: list[str] = []
    data = b""
    try:
        data = b"".join(pieces(job, environ, STREAMS[stream], follow=False, complain=wrong.append))
    except UnreadableError as error:
        wrong.append(str(error))
    text = data.decode("utf-8", "replace")
    return Log(name=job.name, job_id=job.job_id, text=text, trouble="; ".join(wrong))


def pieces(
    job: Job, environ: Mapping[str, str], suffix: str, *, follow: bool, complain: Callable[[str], None]
) -> Iterator[bytes]:
    """What stands in the file, and what comes; what there is when the job is known to be over is its end."""
    others = others_for(job.record, environ)
    try:
        reading = _Reading(job, suffix, follow, others, complain)
        text = _wait_for(reading) if follow else _there(reading, job)
        if text is None:
            state = real_state(job.record, job.evidence)
            raise UnreadableError(f"is {state}: it has no {suffix} file (yet); -f waits for it")
        yield from _pieces(text, reading)
    finally:
        close_connections(others)


def _pieces(text: Text, reading: _Reading) -> Iterator[bytes]:
    for looks in count(1):
        over = not reading.follow or (looks % ASK_EVERY == 0 and _has_ended(reading))
        while data := _next(text, reading):
            yield data
        if over:
            close([text])
            return
        time.sleep(FOLLOW_PAUSE)


def _next(text: Text, reading: _Reading) -> bytes:
    """The next piece; empty: nothing more (yet). An open file of this host stays whole when its directory goes."""
    found = read_on(text, reading.others, Watch())
    if not isinstance(found, Failure) and found.unwrap().data is not None:
        return found.unwrap().data or b""
    if go_on_at_home(text, reading.job, reading.suffix):
        return _next(text, reading)
    if isinstance(found, Failure):
        raise UnreadableError(str(found.failure()))
    return b""


def _has_ended(reading: _Reading) -> bool:
    """Whether the script writes no more. A job that ends between this and the last look has its rest read after it."""
    now = read_again(reading.job)
    return now is None or now.record.state.ended or runs_no_more(ask_again([now], reading.others.environ)[0].evidence)


def _there(reading: _Reading, job: Job) -> Text | None:
    """The text, if it is anywhere. What stands at home of a job whose node is out of reach may be old."""
    text, trouble = first_there(job, reading.suffix, reading.others, Watch())
    if trouble is not None and (text is None or reading.follow):
        close([text])
        raise UnreadableError(str(trouble))
    if trouble is not None:
        reading.complain(f"{trouble}; this is what stands at home")
    return text


def _wait_for(reading: _Reading) -> Text | None:
    """The text, as soon as it is there; None if the job ended without it."""
    for looks in count(1):
        now = read_again(reading.job) or reading.job
        text = _there(reading, now)
        if text is not None:
            return text
        if looks % ASK_EVERY == 1 and _has_ended(reading):
            return _there(reading, read_again(reading.job) or reading.job)
        time.sleep(FOLLOW_PAUSE)
    return None
