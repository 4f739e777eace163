"""One job per directory (SPEC 4): what may be there, and what the message says of the rest."""

import pytest
from pyrsistent import pvector

from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import Success, failed
from qq.core.states import JobType, RealState, RecordState
from qq.core.submission.circumstances import InputDirectory, RecordSeen
from qq.core.submission.one_job import may_submit
from tests.core.jobs import LOOP, a_job, a_loop_job


def directory(*records: RecordSeen, names: tuple[str, ...] = ()) -> InputDirectory:
    return InputDirectory(path="/home/ada/job", names=frozenset(names), records=pvector(records))


def refusal(where: InputDirectory, job_type: JobType = JobType.STANDARD, cycle: int | None = None) -> str:
    faults = failed(may_submit("run.sh", job_type, cycle, where))
    assert faults is not None
    (one,) = faults
    return str(one)


def test_files_of_other_programs_are_in_nobodys_way() -> None:
    where = directory(names=("run.sh", "other.out", "md.err", "run.log"))
    assert may_submit("run.sh", JobType.STANDARD, None, where) == Success(None)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RealState.QUEUED, "which is queued: one directory holds one job; wait for it, or 'qq kill' it"),
        (RealState.RUNNING, "which is running: one directory holds one job"),
        (RealState.FAILED, "which is failed: 'qq respawn' submits it again, 'qq clear' removes its runtime files"),
        (RealState.KILLED, "which is killed: 'qq respawn' submits it again"),
        (RealState.INCONSISTENT, "which is in an inconsistent state: 'qq info' says why"),
        (RealState.UNKNOWN, "'qq clear --force' removes"),
        (None, "which is queued:"),
    ],
)
def test_another_jobs_record_is_in_the_way_whatever_its_state(state: RealState | None, words: str) -> None:
    said = refusal(directory(RecordSeen("run.qqinfo", a_job(), state=state)))
    assert said.startswith("/home/ada/job: run.qqinfo is the record of the job 1.local of run.sh, ")
    assert words in said


def test_a_job_that_has_no_id_yet_is_being_submitted() -> None:
    said = refusal(directory(RecordSeen("run.qqinfo", a_job(job_id=None), state=RealState.INCONSISTENT)))
    assert "just being submitted, or never was" in said


def test_a_working_directory_holds_no_job_of_its_own() -> None:
    said = refusal(replace(directory(), in_work_dir=True))
    assert said.startswith("/home/ada/job: this is in the working directory of a job, and goes when that ends")


def test_a_job_of_another_script_is_in_the_way_too() -> None:
    other = a_job(script_name="other.sh", job_name="other.sh", job_id=None, state=RecordState.FAILED)
    said = refusal(directory(RecordSeen("other.qqinfo", other)))
    assert "the job (without an id yet) of other.sh, which is failed: 'qq respawn' submits that job again" in said


def test_an_info_file_that_is_none_is_in_the_way_with_its_reason() -> None:
    said = refusal(directory(RecordSeen("x.qqinfo", None, "x.qqinfo: it is empty")))
    assert said == "/home/ada/job: x.qqinfo is in the way: x.qqinfo: it is empty; look at it, then remove it"


def test_runtime_files_that_are_left_over_are_named() -> None:
    names = ("run.out", "run.err", "run+0001.qqout", "run+0002.out", "run+0003.out", ".run.sh.qqmark", "run.log")
    said = refusal(directory(names=names))
    assert "runtime files of an earlier job are there: .run.sh.qqmark, run+0001.qqout, run+0002.out" in said
    assert "and 1 more; 'qq clear' removes them" in said


FINISHED_CYCLE = a_loop_job(state=RecordState.FINISHED, loop=replace(LOOP, current=1))
OF_CYCLE_1 = ("run+0001.qqinfo", "run+0001.qqout", "run+0001.out", "run+0001.err")


def test_a_finished_cycle_may_be_continued_by_the_next() -> None:
    where = directory(RecordSeen("run+0001.qqinfo", FINISHED_CYCLE), names=("run.sh", *OF_CYCLE_1))
    assert may_submit("run.sh", JobType.LOOP, 2, where) == Success(FINISHED_CYCLE)


@pytest.mark.parametrize(
    ("job", "job_type", "cycle"),
    [
        (FINISHED_CYCLE, JobType.LOOP, 3),
        (FINISHED_CYCLE, JobType.LOOP, 1),
        (FINISHED_CYCLE, JobType.STANDARD, None),
        (replace(FINISHED_CYCLE, script_name="other.sh"), JobType.LOOP, 2),
        (replace(FINISHED_CYCLE, state=RecordState.FAILED), JobType.LOOP, 2),
        (a_job(state=RecordState.FINISHED), JobType.STANDARD, None),
    ],
)
def test_anything_else_that_is_finished_is_not_continued(job: JobInfo, job_type: JobType, cycle: int | None) -> None:
    assert "is the record of" in refusal(directory(RecordSeen("run+0001.qqinfo", job)), job_type, cycle)


def test_files_of_the_new_cycle_are_in_the_way_even_of_a_continuation() -> None:
    where = directory(RecordSeen("run+0001.qqinfo", FINISHED_CYCLE), names=(*OF_CYCLE_1, "run+0002.out"))
    assert "run+0002.out" in refusal(where, JobType.LOOP, 2)


def test_a_finished_continuous_job_may_be_continued() -> None:
    job = a_job(job_type=JobType.CONTINUOUS, state=RecordState.FINISHED)
    where = directory(RecordSeen("run.qqinfo", job), names=("run.qqinfo", "run.out", "run.err", "run.qqout"))
    assert may_submit("run.sh", JobType.CONTINUOUS, None, where) == Success(job)


def test_two_records_leave_no_room_for_a_continuation() -> None:
    other = RecordSeen("other.qqinfo", a_job(script_name="other.sh"))
    where = directory(RecordSeen("run+0001.qqinfo", FINISHED_CYCLE), other)
    assert "other.qqinfo" in refusal(where, JobType.LOOP, 2)
