"""What a job is really doing (SPEC 7): one total function of what its record and its batch system say.

Not answered never changes anything: then the state is what the record says, and whoever shows it marks it as such.
"""

from collections.abc import Mapping
from typing import Final, assert_never

from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.records.job import JobInfo
from qq.core.states import BatchState, RealState, RecordState

COLUMNS: Final = tuple(BatchState)
"""The columns of the table: queued moving held waiting suspended running exiting finished failed unknown."""

_WORDS: Final = {"Q": RealState.QUEUED, "H": RealState.HELD, "W": RealState.WAITING, "S": RealState.SUSPENDED}
_WORDS_2: Final = {"B": RealState.BOOTING, "R": RealState.RUNNING, "E": RealState.EXITING, "D": RealState.FINISHED}
_WORDS_3: Final = {"F": RealState.FAILED, "K": RealState.KILLED, "-": RealState.INCONSISTENT, "?": RealState.UNKNOWN}
_LETTERS: Final = _WORDS | _WORDS_2 | _WORDS_3

_ROWS: Final = {
    #                     queued moving held waiting suspended running exiting finished failed unknown
    RecordState.QUEUED: "  Q      Q      H    W       S         B       -       -        -      -",
    RecordState.RUNNING: " -      -      -    -       S         R       -       -        -      -",
    RecordState.FINISHED: "-      D      -    -       D         E       D       D        -      D",
    RecordState.FAILED: "  -      F      -    -       F         E       F       -        F      F",
    RecordState.KILLED: "  K      K      K    K       K         E       K       K        K      K",
    RecordState.UNKNOWN: " ?      ?      ?    ?       ?         ?       ?       ?        ?      ?",
}

TABLE: Final[Mapping[tuple[RecordState, BatchState], RealState]] = {
    (record, batch): _LETTERS[letter]
    for record, row in _ROWS.items()
    for batch, letter in zip(COLUMNS, row.split(), strict=True)
}
"""SPEC 7's table, every cell."""

WAITS: Final[Mapping[BatchState, RealState]] = {
    BatchState.QUEUED: RealState.QUEUED,
    BatchState.HELD: RealState.HELD,
    BatchState.WAITING: RealState.WAITING,
}
"""States of a job that stands in the queue: seen after a start, they mean that it was requeued."""

_AS_RECORDED: Final[Mapping[RecordState, RealState]] = {
    RecordState.QUEUED: RealState.QUEUED,
    RecordState.RUNNING: RealState.RUNNING,
    RecordState.FAILED: RealState.FAILED,
    RecordState.FINISHED: RealState.FINISHED,
    RecordState.KILLED: RealState.KILLED,
    RecordState.UNKNOWN: RealState.UNKNOWN,
}


def batch_state(evidence: Seen | Absent) -> BatchState:
    """The column of the table that an answer belongs to."""
    return evidence.state if isinstance(evidence, Seen) else BatchState.UNKNOWN


def requeued(job: JobInfo, batch: BatchState) -> bool:
    """Whether the batch system took a job that had started back into its queue: a new attempt will come."""
    if batch not in WAITS:
        return False
    return job.state is RecordState.RUNNING or (job.state is RecordState.KILLED and job.killed_by is None)


def real_state(job: JobInfo, evidence: Evidence) -> RealState:
    """What the job is really doing."""
    match evidence:
        case NotAnswered():
            return _AS_RECORDED[job.state]
        case Seen() | Absent():
            return _answered(job, batch_state(evidence))
        case _:
            assert_never(evidence)


def _answered(job: JobInfo, batch: BatchState) -> RealState:
    if requeued(job, batch):
        return WAITS[batch]
    if job.state is RecordState.FINISHED and batch is BatchState.FAILED:
        return RealState.FINISHED  # the node may fail while the last bytes are deleted
    return TABLE[job.state, batch]
