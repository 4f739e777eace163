"""What a recovery is going to do, told beforehand."""

import pytest
from pyrsistent import pvector

from qq.core.lifecycle.decide import Step, decide
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.transitions import next_job
from qq.core.moments import Done, MarkRead
from qq.core.records.job import JobInfo, KilledBy
from qq.core.recovering import recovery_words, submits
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason, Trouble
from tests.core.lifecycle import kind

LOST = replace(kind.job(JobType.LOOP), state=RecordState.RUNNING, work_dir="/scratch/job_1", main_node="desk")
ENDED = replace(LOST, script_exit_code=0)


def words(record: JobInfo) -> list[str]:
    step = decide(None, kind.recovering(record))
    if step.run is not None and step.run.phase is Phase.INSPECT:
        step = decide(step.run, Done((MarkRead(None, work_dir_exists=True),), kind.NOW))
    return list(recovery_words(step))


def test_a_known_code_is_brought_to_the_end() -> None:
    told = "; ".join(words(ENDED))
    for part in ("exit code 0", "archive", "bring the results home from /scratch/job_1", "finished", "submit cycle 2"):
        assert part in told


def test_results_that_no_mode_lets_home_stay() -> None:
    told = "; ".join(words(replace(ENDED, script_exit_code=1)))
    assert "run+0001.out" in told and "/scratch/job_1 stays" in told and "failed" in told and "submit" not in told


def test_in_the_input_directory_there_is_nothing_to_bring_home() -> None:
    record = replace(kind.in_place(kind.job()), state=RecordState.RUNNING, work_dir="/home/alice/job", main_node="desk")
    assert words(replace(record, script_exit_code=0)) == [
        "the script had ended with exit code 0",
        "record the job as finished",
    ]


def test_a_job_that_the_user_killed_does_not_go_on() -> None:
    record = replace(ENDED, state=RecordState.KILLED, killed_by=KilledBy("alice", kind.NOW))
    assert words(record)[-1] == "no next job, since the user killed this one"


@pytest.mark.parametrize(("job_type", "what"), [(JobType.LOOP, "cycle 2"), (JobType.CONTINUOUS, "the next job")])
def test_a_missing_next_job_is_submitted(job_type: JobType, what: str) -> None:
    done = replace(kind.job(job_type), state=RecordState.FINISHED, script_exit_code=0, exit_code=0)
    assert words(done) == [f"submit {what}"]


def test_what_is_left_of_a_finished_job_is_removed() -> None:
    done = replace(kind.job(), state=RecordState.FINISHED, script_exit_code=0, work_dir="/scratch/x", main_node="desk")
    assert words(replace(done, delivered=kind.NOW)) == ["remove what is left of the working directory /scratch/x"]


def test_a_next_job_that_is_submitted_already_is_only_noted() -> None:
    done = replace(kind.job(JobType.LOOP), state=RecordState.FINISHED, script_exit_code=0, work_dir="/scratch/x")
    step = decide(None, kind.recovering(replace(done, main_node="desk", delivered=kind.NOW)))
    assert list(recovery_words(step, next_id="2.local")) == [
        "note that the next job is 2.local",
        "remove what is left of the working directory /scratch/x",
    ]
    stays = decide(None, kind.recovering(replace(done, main_node="desk")))
    assert list(recovery_words(stays, next_id="2.local")) == ["note that the next job is 2.local"]


def test_in_the_input_directory_only_the_mark_goes() -> None:
    done = replace(
        kind.in_place(kind.job()), state=RecordState.FINISHED, script_exit_code=0, work_dir="/home/alice/job"
    )
    (told,) = words(done)
    assert told.startswith("remove its mark /home/alice/job/.run.sh.qqmark")


def test_a_lost_job_starts_anew_and_its_directory_is_kept() -> None:
    told = words(LOST)
    assert told[0] == "nobody knows how the script ended, if it began"
    assert "keep /scratch/job_1 as it is" in told and "as attempt 2" in told[-1]


def test_of_a_job_that_never_started_it_is_said() -> None:
    assert words(replace(kind.job(), job_id=None)) == [
        "the script never began",
        "submit the job again, as attempt 2, from the input directory",
    ]


def test_what_stands_in_the_kept_directory_is_told() -> None:
    step = decide(None, kind.recovering(LOST))
    assert step.run is not None
    step = decide(step.run, Done((MarkRead(None, work_dir_exists=True),), kind.NOW))
    seen = kind.listing(kind.file("job_1", kind=b"d"), kind.file("job_1/a", changed=1), kind.file("job_1/b", changed=2))
    assert "keep /scratch/job_1 as it is: 2 files, 6 B, the newest of them b, a" in recovery_words(step, seen=seen)
    nothing = kind.listing(kind.file("job_1", kind=b"d"))
    assert "keep /scratch/job_1 as it is: 0 files, 0 B" in recovery_words(step, seen=nothing)
    gone = recovery_words(step, seen=kind.listing())
    assert "there is no working directory /scratch/job_1" in gone
    assert not [line for line in gone if "keep" in line or "home" in line]


def test_a_host_that_can_not_be_looked_at_is_named_first() -> None:
    away = Trouble(Reason.HOST_UNREACHABLE, "node1 does not answer", transient=True)
    assert recovery_words(decide(None, kind.recovering(replace(kind.job(), job_id=None))), away)[0] == str(away)


def test_where_nothing_can_be_done_nothing_is_said() -> None:
    assert words(replace(LOST, state=RecordState.KILLED)) == []
    assert recovery_words(Step(None)) == pvector()


def test_a_next_job_that_was_never_submitted_is_left_to_the_one_before() -> None:
    following = next_job(ENDED, now=kind.NOW)
    assert submits(ENDED, following)
    assert not submits(ENDED, replace(following, job_id="2.local"))
    assert not submits(following, ENDED) and not submits(ENDED, replace(ENDED, job_id=None))
