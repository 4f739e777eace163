"""The evidence, the rule and the sentence: every state follows from one rule, and the words name what was seen."""

from datetime import datetime

import pytest
from pyrsistent import pvector

from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.explain import explain
from qq.core.real_state import WAITS, real_state
from qq.core.records.job import JobInfo, KilledBy
from qq.core.states import BatchState, RealState, RecordState
from qq.core.why import Rule, rule, why
from tests.core.jobs import a_job

TIME = datetime(2026, 1, 2, 3, 4, 5)
BY_USER = KilledBy("ada", TIME)
CELLS = [(record, batch) for record in RecordState for batch in BatchState]


def seen(state: BatchState, **more: object) -> Seen:
    return Seen(job_id="1.local", state=state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("record", "batch"), CELLS)
def test_each_state_comes_from_the_rule_that_is_about_it(record: RecordState, batch: BatchState) -> None:
    job = a_job(state=record)
    evidence = seen(batch)
    state, found = real_state(job, evidence), rule(job, evidence)
    assert state in {
        Rule.UNKNOWN_WORD: [RealState.UNKNOWN],
        Rule.REQUEUED: list(WAITS.values()),
        Rule.WAITS: [RealState.QUEUED, RealState.HELD, RealState.WAITING],
        Rule.SUSPENDED: [RealState.SUSPENDED],
        Rule.BOOTING: [RealState.BOOTING],
        Rule.RUNNING: [RealState.RUNNING],
        Rule.EXITING: [RealState.EXITING],
        Rule.ENDED: [RealState.FINISHED, RealState.FAILED, RealState.KILLED],
        Rule.CONTRADICTION: [RealState.INCONSISTENT],
    }.get(found, [])


@pytest.mark.parametrize(
    ("job", "evidence", "expected"),
    [
        (a_job(), NotAnswered("no answer"), Rule.NOT_ANSWERED),
        (a_job(state=RecordState.RUNNING), seen(BatchState.QUEUED), Rule.REQUEUED),
        (a_job(), seen(BatchState.QUEUED), Rule.WAITS),
        (a_job(state=RecordState.KILLED, killed_by=BY_USER), seen(BatchState.QUEUED), Rule.ENDED),
        (a_job(state=RecordState.RUNNING), Absent(), Rule.CONTRADICTION),
    ],
)
def test_rules_that_a_state_alone_does_not_tell(job: JobInfo, evidence: Evidence, expected: Rule) -> None:
    assert rule(job, evidence) is expected


def test_numbers_are_unique_and_each_has_a_sentence() -> None:
    assert all(each.sentence for each in Rule)
    assert sorted(each.number for each in Rule) == list(range(1, len(Rule) + 1))


@pytest.mark.parametrize(
    ("job", "evidence", "sentence"),
    [
        (
            a_job(state=RecordState.RUNNING, start_time=TIME, main_node="node1"),
            Absent(),
            "the info file says running since 2026-01-02 03:04:05, on node1; "
            "the batch system does not know the job (any more) (rule 10)",
        ),
        (
            a_job(state=RecordState.FAILED, completion_time=TIME, script_exit_code=3, exit_code=3),
            seen(BatchState.FAILED, exit_code=3, nodes=pvector(["n1", "n2"])),
            "the info file says failed since 2026-01-02 03:04:05, script's exit code 3, on n1, n2; "
            "the batch system says failed, exit code 3 (rule 9)",
        ),
        (
            a_job(state=RecordState.FAILED, exit_code=91),
            seen(BatchState.FAILED, comment="no luck"),
            'the info file says failed, exit code 91; the batch system says failed, "no luck" (rule 9)',
        ),
        (
            a_job(),
            NotAnswered("timeout"),
            "the info file says queued since 2026-01-02 03:04:05; "
            "the batch system could not be asked (timeout) (rule 1)",
        ),
    ],
)
def test_the_sentence(job: JobInfo, evidence: Evidence, sentence: str) -> None:
    found = why(job, evidence)
    assert found.sentence == sentence
    assert found.told == explain(job, evidence)
