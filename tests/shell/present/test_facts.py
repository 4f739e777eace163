"""What `qq info` tells of a job."""

import pytest

from qq.core.evidence import Absent, Evidence, Seen
from qq.core.records.values import Resources
from qq.core.states import BatchState, RecordState
from qq.shell.present.facts import facts
from tests.core.jobs import a_job


def seen(walltime: int | None) -> Seen:
    return Seen(job_id="1.local", state=BatchState.RUNNING, walltime=walltime)


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (seen(1800), "0:30:00"),
        (seen(1200), "0:20:00 (asked for: 0:30:00)"),
        (seen(None), "0:30:00"),
        (Absent(), "0:30:00"),
    ],
)
def test_a_walltime_that_was_changed_since_is_told(evidence: Evidence, told: str) -> None:
    job = a_job(state=RecordState.RUNNING, resources=Resources(walltime=1800))
    assert ("walltime", told) in sum(facts(job, evidence, "run.qqinfo"), [])


def test_a_walltime_that_slurm_rounded_up_to_minutes_is_as_asked_for() -> None:
    job = a_job(state=RecordState.RUNNING, resources=Resources(walltime=45))
    assert ("walltime", "0:00:45") in sum(facts(job, seen(60), "run.qqinfo"), [])
