"""The real state is SPEC 7's table, cell by cell, and the few rules that go beyond it."""

from datetime import datetime

import pytest

from qq.core.evidence import Absent, NotAnswered, Seen
from qq.core.real_state import TABLE, batch_state, real_state, requeued
from qq.core.records.job import KilledBy
from qq.core.states import BatchState, RealState, RecordState
from tests.core.jobs import a_job

SPEC = """
| record    | queued | moving | held | waiting | suspended | running | exiting | finished | failed | unknown |
| queued    | queued | queued | held | waiting | suspended | booting | — | — | — | — |
| running   | — | — | — | — | suspended | running | — | — | — | — |
| finished  | — | finished | — | — | finished | exiting | finished | finished | — | finished |
| failed    | — | failed | — | — | failed | exiting | failed | — | failed | failed |
| killed    | killed | killed | killed | killed | killed | exiting | killed | killed | killed | killed |
| unknown   | unknown | unknown | unknown | unknown | unknown | unknown | unknown | unknown | unknown | unknown |
"""
HEAD, *ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in SPEC.split("\n") if line]
CELLS = [(row[0], column, cell) for row in ROWS for column, cell in zip(HEAD[1:], row[1:], strict=True)]
BY_USER = KilledBy("ada", datetime(2026, 1, 2, 3, 4, 5))

BEYOND = {
    ("finished", "failed"): "finished",
    ("running", "queued"): "queued",
    ("running", "held"): "held",
    ("running", "waiting"): "waiting",
}


@pytest.mark.parametrize(("record", "batch", "word"), CELLS)
def test_every_cell_of_the_table(record: str, batch: str, word: str) -> None:
    expected = RealState.INCONSISTENT if word == "—" else RealState(word)
    assert TABLE[RecordState(record), BatchState(batch)] is expected


@pytest.mark.parametrize(("record", "batch", "word"), CELLS)
def test_the_table_holds_where_no_rule_goes_beyond_it(record: str, batch: str, word: str) -> None:
    job = a_job(state=RecordState(record), killed_by=BY_USER if record == "killed" else None)
    wanted = BEYOND.get((record, batch), "in an inconsistent state" if word == "—" else word)
    assert real_state(job, Seen(job_id="1.local", state=BatchState(batch))) is RealState(wanted)


def test_there_are_sixty_cells() -> None:
    assert len(CELLS) == len(TABLE) == len(RecordState) * len(BatchState) == 60


@pytest.mark.parametrize("record", RecordState)
def test_absent_is_the_column_unknown(record: RecordState) -> None:
    assert real_state(a_job(state=record), Absent()) is TABLE[record, BatchState.UNKNOWN]
    assert batch_state(Absent()) is BatchState.UNKNOWN


@pytest.mark.parametrize("record", RecordState)
def test_not_answered_changes_nothing(record: RecordState) -> None:
    assert real_state(a_job(state=record), NotAnswered("no connection")) is RealState(record.value)


@pytest.mark.parametrize("batch", ["queued", "held", "waiting"])
def test_a_killed_job_in_the_queue_was_requeued_unless_a_user_killed_it(batch: str) -> None:
    seen = Seen(job_id="1.local", state=BatchState(batch))
    assert real_state(a_job(state=RecordState.KILLED), seen) is RealState(batch)
    assert real_state(a_job(state=RecordState.KILLED, killed_by=BY_USER), seen) is RealState.KILLED


@pytest.mark.parametrize("batch", [state for state in BatchState if state.value not in ("queued", "held", "waiting")])
def test_only_a_job_in_the_queue_was_requeued(batch: BatchState) -> None:
    assert not requeued(a_job(state=RecordState.RUNNING), batch)
