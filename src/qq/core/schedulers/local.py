"""The embedded queue's decisions: which jobs start, which requests are refused, which ids are whose. Pure.

First come, first served among those that fit: a job that does not fit now keeps nobody behind it waiting.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.depending import Fate
from qq.core.names import LOCAL_LIMITS
from qq.core.records.values import Resources, Size
from qq.core.result import Failure, Result, Success
from qq.core.schedulers.local_depend import Link, Met, outlook
from qq.core.troubles import Reason

SUFFIX = ".local"
QUEUE = "default"
_LONGEST_NUMBER = 18  # what a 64 bit integer holds for certain


class Stage(StrEnum):
    """The queue's own word for where a job stands; ``local_words.batch_state`` turns it into SPEC's."""

    PENDING = "pending"
    RUNNING = "running"
    EXITING = "exiting"
    """It was told to end, or its processes are being cleared away."""
    ENDED = "ended"


class Capacity(Struct, frozen=True):
    """What the machine has to give away. Memory in kB; it is booked, not enforced."""

    ncpus: int
    ngpus: int
    mem_kb: int


class Limits(Struct, frozen=True):
    """What somebody wants the capacity to be; None: what the machine has."""

    ncpus: int | None = None
    ngpus: int | None = None
    mem_kb: int | None = None


class Need(Struct, frozen=True):
    """What a job books while it runs. Memory in kB."""

    ncpus: int = 1
    ngpus: int = 0
    mem_kb: int = 0


class LocalJob(Struct, frozen=True, kw_only=True):
    """A job as the queue's decisions see it."""

    number: int
    stage: Stage
    held: bool = False
    """By its user; jobs that wait for other jobs are not."""
    need: Need = Need()
    depend: PVector[Link] = pvector()
    started: bool = False
    exit_code: int | None = None
    why: Reason | None = None
    """Why it was ended; None: it ended by itself, or has not ended."""
    detail: str = ""

    @property
    def fate(self) -> Fate:
        """What those that depend on it need to know."""
        ended = self.stage is Stage.ENDED
        return Fate(begun=self.started or ended, ended=ended, well=ended and self.exit_code == 0)


def job_id(number: int) -> str:
    """The full id of a job: ``17.local``."""
    return f"{number}{SUFFIX}"


def number_of(text: str) -> int | None:
    """The number in an id, with or without the suffix; None: this is no id of this queue."""
    digits = text.removesuffix(SUFFIX)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _LONGEST_NUMBER:
        return None
    return int(digits)


def limited(machine: Capacity, limits: Limits) -> Capacity:
    """The capacity that is given away: what is wanted, and where nothing is, what the machine has."""
    return Capacity(
        machine.ncpus if limits.ncpus is None else limits.ncpus,
        machine.ngpus if limits.ngpus is None else limits.ngpus,
        machine.mem_kb if limits.mem_kb is None else limits.mem_kb,
    )


def need_of(resources: Resources) -> Need:
    """What a request books: at least one cpu; memory that nobody asked for is none."""
    ncpus = resources.ncpus or resources.ncpus_per_node or 1
    per_cpu = resources.mem_per_cpu.kb * ncpus if resources.mem_per_cpu else 0
    mem = resources.mem or resources.mem_per_node
    return Need(ncpus, resources.ngpus or resources.ngpus_per_node or 0, mem.kb if mem else per_cpu)


def lacking(need: Need, free: Capacity) -> str | None:
    """The first thing of which there is too little, in words (``8 cpus, there are 2``); None: it fits."""
    if need.ncpus > free.ncpus:
        return f"{need.ncpus} cpu{'s' * (need.ncpus != 1)}, there {_are(free.ncpus)}"
    if need.ngpus > free.ngpus:
        return f"{need.ngpus} gpu{'s' * (need.ngpus != 1)}, there {_are(free.ngpus)}"
    if need.mem_kb > free.mem_kb:
        return f"{Size(need.mem_kb)} of memory, there is {Size(free.mem_kb)}"
    return None


def _are(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} {count or 'none'}"


def refusal(resources: Resources, queue: str, capacity: Capacity) -> str | None:
    """Why this machine's queue can never run such a job, in one line; None: it can."""
    if queue not in ("", QUEUE):
        return f"there is no queue {queue!r} on this machine: leave the queue out, or name the only one, {QUEUE!r}"
    if (resources.nnodes or 1) != 1:
        return f"the job wants {resources.nnodes} nodes, and this machine is one: ask for one node"
    lack = lacking(need_of(resources), capacity)
    return f"the job wants {lack} on this machine: ask for less" if lack else None


def chosen(
    capacity: Capacity, running: Iterable[Need], pending: Iterable[LocalJob], known: Mapping[int, Fate]
) -> PVector[int]:
    """Numbers of the jobs that start now, in their order.

    ``pending``: in the order of their submission; it is read no further than there are free cpus. ``known``: what
    became of the jobs that they depend on.
    """
    free = less(capacity, running)
    picked: list[int] = []
    for job in pending:
        if free.ncpus <= 0:
            break
        if not may_start(job, known) or lacking(job.need, free):
            continue
        picked.append(job.number)
        free = less(free, [job.need])
    return pvector(picked)


def may_start(job: LocalJob, known: Mapping[int, Fate]) -> bool:
    """Whether nothing but room on the machine keeps a job from starting."""
    return job.stage is Stage.PENDING and not job.held and outlook(job.depend, known) == Met()


def less(capacity: Capacity, needs: Iterable[Need]) -> Capacity:
    """What is left of it when so much is booked: nothing, if it was more before somebody limited it."""
    for need in needs:
        capacity = Capacity(capacity.ncpus - need.ncpus, capacity.ngpus - need.ngpus, capacity.mem_kb - need.mem_kb)
    return Capacity(max(0, capacity.ncpus), max(0, capacity.ngpus), max(0, capacity.mem_kb))


def of_token(same: Iterable[LocalJob], duplicate_code: int) -> int | None:
    """Which of the jobs with the same token is meant.

    The first that has not ended, else the last that was none too many, else the first. ``duplicate_code``: how a job
    ends that found another one of its token at work.
    """
    ordered = sorted(same, key=lambda each: each.number)
    alive = [each.number for each in ordered if each.stage is not Stage.ENDED]
    real = [each.number for each in ordered if each.exit_code != duplicate_code]
    return next(iter([*alive[:1], *real[-1:], *(each.number for each in ordered[:1])]), None)


def limits_of(environ: Mapping[str, str]) -> Result[Limits | None, str]:
    """What these variables want; None: there is none of them, so nobody wants anything. An empty one limits nothing.

    A failure names those that are no whole number.
    """
    if not any(name in environ for name in LOCAL_LIMITS):
        return Success(None)
    words = [environ.get(name, "") for name in LOCAL_LIMITS]
    pairs = zip(LOCAL_LIMITS, words, strict=True)
    wrong = [f"{name}: {word!r:.40} is no whole number" for name, word in pairs if word and not _is_count(word)]
    if wrong:
        return Failure(f"{'; '.join(wrong)}; correct the variable, or unset it")
    return Success(Limits(*(int(word) if word else None for word in words)))


def _is_count(word: str) -> bool:
    return word.isascii() and word.isdigit()
