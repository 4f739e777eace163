"""Performs what `qq.core.syncing` plans: brings what a job has made so far home, also while it goes on."""

import posixpath
import time
from collections.abc import Callable, Sequence
from typing import cast

from msgspec import Struct, field

from qq.core import syncing
from qq.core.effects import ClearTemporary, Copy, Effect, List, Location
from qq.core.listing import Listing
from qq.core.moments import Answer, Listed, MarkRead, Placed
from qq.core.paths import to_bytes, to_text
from qq.core.result import Failure, Result, Success, value_or_none
from qq.core.syncing import Ends, Found, Wanted
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.lock import LockedError, alone
from qq.shell.perform.readrecord import found_at
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.reach import reached_over
from qq.shell.select import Job
from qq.shell.snapshot import snapshot

Do = Callable[[Effect], Result[Answer | Refusal, Trouble]]
"""Performs an effect, once."""

TRIES = 3
FATAL = frozenset(
    {Reason.NO_SPACE, Reason.INTERRUPTED, Reason.DISOWNED, Reason.INPUT_DIR_GONE, Reason.HOST_UNREACHABLE}
)
"""Troubles that every further file would meet too."""


class Summary(Struct):
    """What a sync has done so far."""

    files: int = 0
    size: int = 0
    """Bytes."""
    at_home: int = 0
    """Entries that home had already."""
    missing: list[str] = field(default_factory=list)
    partly: list[tuple[str, int]] = field(default_factory=list)
    """Files that were being written, and how many bytes of them were fetched."""
    aside: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, Trouble]] = field(default_factory=list)
    stopped: Trouble | None = None
    """Why it ended early."""


class Plan(Struct, frozen=True):
    """What is to be fetched, from where to where."""

    job: Job
    at: Ends
    seen: Found
    wanted: Wanted
    looked: float | None
    """When both ends were looked at; monotonic seconds."""


class _Syncing(Struct, frozen=True):
    job: Job
    at: Ends
    seen: Found
    do: Do
    watch: Watch
    summary: Summary


def prepare(job: Job, files: Sequence[str] | None, do: Do) -> Result[Plan, Trouble]:
    """Looks at both ends and decides what to fetch."""
    return _looked(job, files, do).lash(lambda trouble: Failure(_ended(job) or trouble))


def _looked(job: Job, files: Sequence[str] | None, do: Do) -> Result[Plan, Trouble]:
    over = reached_over(job.record, job.record.main_node)
    looked = time.monotonic()
    at = syncing.ends(job.record, record_at=Location(job.info_file), work_host=over)
    answers = _answers(syncing.look(job.record, at), do)
    if isinstance(answers, Trouble):
        return Failure(answers)
    work, mark, home = answers
    seen = syncing.found(
        job.record, cast("Listed", work).listing, cast("MarkRead", mark).mark, cast("Listed", home).listing
    )
    return seen.map(lambda found: Plan(job, at, found, syncing.wanted(job.record, found, files), looked))


def sync(plan: Plan, do: Do, watch: Watch, tidy: Do) -> Summary:
    """Fetches what is wanted, portion by portion; what fails is named and does not stop the rest.

    Of two at once for one job only the first does so. ``tidy``: performs effects also after an interruption.
    """
    summary = Summary(at_home=plan.wanted.at_home, missing=list(plan.wanted.missing))
    try:
        with alone(plan.at.home.path, plan.at.lock):
            _fetch_all(_Syncing(plan.job, plan.at, plan.seen, do, watch, summary), plan)
            _do([syncing.tidy(plan.at, summary.stopped)], tidy)
    except LockedError:
        words = "another qq sync fetches the results of this job right now"
        summary.stopped = Trouble(Reason.LOCKED, words, transient=True)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        summary.stopped = Trouble(Reason.PERMISSION, f"nothing can be written into {plan.at.home}: {why}")
    return summary


def _fetch_all(now: _Syncing, plan: Plan) -> None:
    summary, looked = now.summary, plan.looked
    waiting = list(syncing.parts(plan.wanted.entries, plan.at))
    while waiting and summary.stopped is None:
        part = waiting.pop(0)
        summary.stopped = _ended(plan.job)
        bring = _bring_listed if syncing.is_fresh(looked, time.monotonic()) else _bring
        trouble = summary.stopped or bring(now, part)
        if trouble is not None and summary.stopped is None:
            looked = None
            waiting = [*_go_on(now, part, trouble), *waiting]


def _go_on(now: _Syncing, part: Listing, trouble: Trouble) -> Sequence[Listing]:
    """After a portion failed: its halves, to find out which file it was; a single file is tried by itself."""
    if trouble.reason in FATAL:
        now.summary.stopped = trouble
        return ()
    smaller = syncing.halves(part)
    if not smaller:
        _insist(now, part, trouble)
    return smaller


def _insist(now: _Syncing, part: Listing, trouble: Trouble) -> None:
    """A single file that could not be fetched: again, then its beginning, if all that it does is grow."""
    for _ in range(TRIES - 1):
        if not trouble.transient:
            break
        again = _bring(now, part)
        if again is None:
            return
        trouble = again
    final = _bring_beginning(now, part) if trouble.transient else trouble
    if final is not None:
        now.summary.stopped = _ended(now.job)
    if final is not None and now.summary.stopped is None:
        now.summary.failed.append((to_text(_leaf(part)), final))


def _bring(now: _Syncing, part: Listing) -> Trouble | None:
    """Brings a portion as it is at this moment."""
    found = _list(syncing.look_again(now.at, part), now.do)
    return found if isinstance(found, Trouble) else _bring_listed(now, syncing.refreshed(part, found))


def _bring_listed(now: _Syncing, part: Listing) -> Trouble | None:
    """Copies, verifies, notes and places a portion that was listed right now; any change since shows."""
    *copying, looking = syncing.fetch(now.at, part)
    trouble = _do(copying, now.do)
    return trouble or _deliver(now, part, looking)


def _bring_beginning(now: _Syncing, part: Listing) -> Trouble | None:
    directories = part.where(lambda entry: entry.kind == b"d")
    trouble = _do([ClearTemporary(now.at.temporary), Copy(now.at.work, now.at.temporary, directories)], now.do)
    if trouble is not None:
        return trouble
    name = _leaf(part)
    far = now.at.work.host is not None
    size = _far_beginning(now, part) if far else _near_beginning(now, name)
    if isinstance(size, Failure):
        return cast("Trouble", size.failure())
    trouble = _deliver(now, None, List(now.at.temporary))
    if trouble is None:
        now.summary.partly.append((to_text(name), size.unwrap()))
    return trouble


def _near_beginning(now: _Syncing, name: bytes) -> Result[int, Trouble]:
    return snapshot(_path(now.at.work, name), _path(now.at.temporary, name), now.watch)


def _far_beginning(now: _Syncing, part: Listing) -> Result[int, Trouble]:
    """rsync sends a file as long as it is when it is opened; if the file only grew meanwhile, that is its beginning."""
    file = part.where(lambda entry: entry.kind != b"d")
    look = syncing.look_again(now.at, part)
    for _ in range(TRIES):
        answers = _answers([look, Copy(now.at.work, now.at.temporary, file), look, List(now.at.temporary)], now.do)
        if isinstance(answers, Trouble):
            return Failure(answers)
        before, after, there = (each.listing or Listing() for each in answers if isinstance(each, Listed))
        size = syncing.beginning(_leaf(part), before, after, there)
        if size is not None:
            return Success(size)
    words = f"can't copy {to_text(_leaf(part))}: it is being rewritten all the time"
    return Failure(Trouble(Reason.IO_ERROR, words, transient=True))


def _deliver(now: _Syncing, part: Listing | None, looking: Effect) -> Trouble | None:
    """Notes and places what stands in the temporary directory; ``part`` None: just that."""
    standing = _list(looking, now.do)
    if isinstance(standing, Trouble):
        return standing
    entries = standing if part is None else part
    placed = _answers(syncing.deliver(now.at, entries, standing, now.seen), now.do)
    if isinstance(placed, Trouble):
        return placed
    _count(now.summary, entries, cast("Placed", placed[-1]))
    return None


def _count(summary: Summary, entries: Listing, placed: Placed) -> None:
    summary.aside += [(to_text(path), to_text(kept)) for path, kept in placed.aside]
    summary.files += sum(entry.kind != b"d" for entry in entries)
    summary.size += entries.bytes


def _leaf(part: Listing) -> bytes:
    *_, last = part
    return last.path


def _path(at: Location, name: bytes) -> bytes:
    return posixpath.join(to_bytes(at.path), name)


def _ended(job: Job) -> Trouble | None:
    """Why nothing more is fetched: what the record has come to say meanwhile."""
    found = value_or_none(found_at(job.info_file))
    return syncing.stopped(job.record, None if found is None else found.job)


# --- performing -------------------------------------------------------------------------------------------------------


def _do(effects: Sequence[Effect], do: Do) -> Trouble | None:
    answers = _answers(effects, do)
    return answers if isinstance(answers, Trouble) else None


def _list(effect: Effect, do: Do) -> Listing | Trouble:
    """What stands there; a directory that is gone holds nothing."""
    answers = _answers([effect], do)
    return answers if isinstance(answers, Trouble) else cast("Listed", answers[0]).listing or Listing()


def _answers(effects: Sequence[Effect], do: Do) -> Sequence[Answer] | Trouble:
    answers: list[Answer] = []
    for effect in effects:
        answer = do(effect)
        if isinstance(answer, Failure):
            return cast("Trouble", answer.failure())
        answers.append(cast("Answer", answer.unwrap()))
    return answers
