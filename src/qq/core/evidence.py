"""What a batch system says of jobs: seen, absent, or not answered. Not answered never changes anything."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.exitcodes import NO_RECORD, NOT_OURS
from qq.core.records.values import Dependency, Size
from qq.core.states import BatchState
from qq.core.troubles import Reason


class Seen(Struct, frozen=True, kw_only=True):
    """A job as its batch system describes it. None: it does not say."""

    job_id: str
    state: BatchState
    name: str = ""
    queue: str = ""
    user: str = ""
    token: str | None = None
    input_dir: str | None = None
    info_file: str | None = None
    nnodes: int | None = None
    ncpus: int | None = None
    ngpus: int | None = None
    mem: Size | None = None
    walltime: int | None = None
    """Seconds."""
    submitted: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    estimated_start: datetime | None = None
    nodes: PVector[str] = pvector()
    exit_code: int | None = None
    comment: str = ""
    """The batch system's own words: why it waits, why it ended; never the exit code alone."""
    percent_cpu: int | None = None
    percent_mem: int | None = None
    depend: PVector[Dependency] = pvector()
    """What it waits for, or waited for."""
    stuck: Reason | None = None
    """Why the batch system will never start it by itself, though it knows the job."""

    @property
    def said(self) -> str:
        """The reason that the batch system gives, else the code that the job ended with."""
        return self.comment or (code_words(self.exit_code) if self.exit_code else "")


class JobStep(Struct, frozen=True, kw_only=True):
    """A part of a job that its batch system keeps account of by itself. None: it does not say."""

    step_id: str
    """Its number, or what the batch system calls its own (``batch``, ``extern``)."""
    name: str
    state: BatchState
    started: datetime | None = None
    ended: datetime | None = None
    exit_code: int | None = None
    comment: str = ""
    """The batch system's own words: why it ended; never the exit code alone."""


class Absent(Struct, frozen=True):
    """The batch system answered, and does not know the job."""


class NotAnswered(Struct, frozen=True):
    """The batch system could not be asked."""

    why: str


Evidence = Seen | Absent | NotAnswered


def code_words(exit_code: int) -> str:
    """What the exit code of a job tells."""
    return f"exit code {exit_code}{_MEANING.get(exit_code, '')}"


_MEANING = {
    NO_RECORD: ": the script's own, or qq run could not read or write the info file",
    NOT_OURS: ": the script's own, or the info file was another job's or said that the user killed this one",
}
"""What the record of a job may not be able to tell."""


def believed(seen: Seen) -> Seen | NotAnswered:
    """What counts of a job's description: a state that nobody understands is no answer."""
    return NotAnswered(seen.comment or "its state is not known") if seen.state is BatchState.UNKNOWN else seen


def is_over(seen: Seen) -> bool:
    """Whether the batch system is done with a job."""
    return seen.ended is not None or seen.state.over


def with_those_over(known: Iterable[Seen], accounts: Iterable[Seen]) -> list[Seen]:
    """What the batch system tells, and of what only its accounts know those jobs that are over; by id, each once."""
    return [*{seen.job_id: seen for seen in (*filter(is_over, accounts), *known)}.values()]


def of_token(jobs: Iterable[Seen], token: str) -> Seen | None:
    """Which of the jobs with a token is meant: the first that is not over, else the last that was none too many.

    One that was found another one of its token at work, and said so by its exit code.
    """
    found = sorted((job for job in jobs if job.token == token), key=_in_order)
    alive = [job for job in found if not is_over(job)]
    real = [job for job in found if job.exit_code != NOT_OURS]
    return next(iter([*alive[:1], *real[-1:], *found[:1]]), None)


def _in_order(seen: Seen) -> tuple[datetime, int, str]:
    return seen.submitted or datetime.min, len(seen.job_id), seen.job_id
