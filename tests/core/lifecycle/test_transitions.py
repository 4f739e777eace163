"""Each transition changes exactly the fields that it is about, of a record in which every field says something."""

from datetime import timedelta

import pytest
from msgspec.structs import fields
from pyrsistent import pmap, pvector

from qq.core.effects import Say, WriteRecord
from qq.core.evidence import Absent
from qq.core.lifecycle import transitions
from qq.core.lifecycle.begin import begin
from qq.core.lifecycle.decide import decide
from qq.core.lifecycle.decisions import next_token
from qq.core.lifecycle.learning import MAX_RETAKES, NonsenseError, adopted, at, newly_killed, written
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.moments import Done, Refused, Written
from qq.core.records.job import JobInfo, KilledBy, LoopInfo, WhyFailed, WorkDir
from qq.core.records.site import Site
from qq.core.records.values import Modes
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason, Trouble
from tests.core.lifecycle import kind
from tests.core.lifecycle.kind import LATER, NOW, job

OLD, OWN = WorkDir("node1", "/scratch/old"), WorkDir("node2", "/scratch/job_1")
THEN = NOW - timedelta(days=1)
LOOP = LoopInfo(start=1, end=5, archive="storage", archive_format="job%04d", current=3)


def full(job_type: JobType = JobType.LOOP) -> JobInfo:
    """A record in which everything that a life writes has been written."""
    return replace(
        job(job_type),
        state=RecordState.FAILED,
        attempt=4,
        loop=LOOP if job_type is JobType.LOOP else None,
        start_time=THEN,
        main_node="node2",
        all_nodes=pvector(["node2", "node3"]),
        work_dir="/scratch/job_1",
        earlier_work_dirs=pvector([OLD]),
        completion_time=THEN,
        exit_code=7,
        script_exit_code=8,
        failure=WhyFailed(5, "it broke"),
        killed_by=KilledBy("bob", THEN),
        delivered=THEN,
        resubmitted_as="9.local",
        previous="0.local",
        notes=pvector(["kept"]),
        depend=pvector(),
        unknown=pmap({"comment": "mine"}),
    )


def changed(before: JobInfo, after: JobInfo) -> dict[str, object]:
    """What is different, by field."""
    names = (field.name for field in fields(JobInfo))
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def test_claimed() -> None:
    after = transitions.claimed(full(), job_id="2.local", attempt=5, work_dir="/scratch/job_2", main_node="node4")
    assert changed(full(), after) == {
        "job_id": "2.local", "attempt": 5, "work_dir": "/scratch/job_2", "main_node": "node4",
        "earlier_work_dirs": pvector([OLD, OWN]), "state": RecordState.QUEUED, "start_time": None,
        "all_nodes": pvector(), "completion_time": None, "exit_code": None, "failure": None,
    }  # fmt: skip


def test_running() -> None:
    here, there = WorkDir("node2", "/scratch/a"), WorkDir("node1", "/scratch/a")
    before = replace(full(), earlier_work_dirs=pvector([OLD, here, there, WorkDir("node2", "/scratch/b")]))
    after = transitions.running(before, now=LATER, nodes=pvector(["node9"]), gone=["/scratch/a"])
    assert changed(before, after) == {
        "state": RecordState.RUNNING, "start_time": LATER, "all_nodes": pvector(["node9"]),
        "earlier_work_dirs": pvector([OLD, there, WorkDir("node2", "/scratch/b")]),
    }  # fmt: skip


def test_with_code() -> None:
    assert changed(full(), transitions.with_code(full(), 3)) == {"script_exit_code": 3}


@pytest.mark.parametrize(
    ("code", "state", "recorded", "why"),
    [
        (0, RecordState.FINISHED, 0, None),
        (95, RecordState.FINISHED, 0, None),
        (1, RecordState.FAILED, 1, WhyFailed(Reason.SCRIPT_FAILED.number, "the script ended with exit code 1")),
        (128, RecordState.FAILED, 128, WhyFailed(Reason.SCRIPT_FAILED.number, "the script ended with exit code 128")),
        (
            137, RecordState.FAILED, 137,
            WhyFailed(Reason.SCRIPT_DIED.number, "the script died of signal 9 (exit code 137)"),
        ),
        (
            192, RecordState.FAILED, 192,
            WhyFailed(Reason.SCRIPT_DIED.number, "the script died of signal 64 (exit code 192)"),
        ),
        (193, RecordState.FAILED, 193, WhyFailed(Reason.SCRIPT_FAILED.number, "the script ended with exit code 193")),
        (255, RecordState.FAILED, 255, WhyFailed(Reason.SCRIPT_FAILED.number, "the script ended with exit code 255")),
    ],
)  # fmt: skip
def test_closed(code: int, state: RecordState, recorded: int, why: WhyFailed | None) -> None:
    before = replace(full(), delivered=None, state=RecordState.RUNNING)
    expected = {
        "state": state, "exit_code": recorded, "script_exit_code": code, "completion_time": LATER, "failure": why,
    }  # fmt: skip
    brought = {"delivered": LATER} if recorded == 0 else {}
    assert changed(before, transitions.closed(before, code, now=LATER)) == {**expected, **brought}
    never = replace(before, transfer_mode=Modes(("never",)))
    assert changed(never, transitions.closed(never, code, now=LATER)) == expected


def test_failed_and_killed() -> None:
    before = replace(full(), state=RecordState.RUNNING)
    after = transitions.failed(before, Trouble(Reason.HOME_FULL, "home is full"), None, now=LATER)
    assert changed(before, after) == {
        "state": RecordState.FAILED, "exit_code": 91, "script_exit_code": None, "completion_time": LATER,
        "failure": WhyFailed(Reason.HOME_FULL.number, "home is full"),
    }  # fmt: skip
    assert transitions.failed(before, Trouble(Reason.HOME_FULL, "x"), 3, now=LATER).script_exit_code == 3
    for code in (None, 3):
        assert changed(before, transitions.killed(before, Reason.WALLTIME, code, now=LATER)) == {
            "state": RecordState.KILLED, "exit_code": None, "script_exit_code": code, "completion_time": LATER,
            "failure": WhyFailed(Reason.WALLTIME.number, Reason.WALLTIME.sentence),
        }  # fmt: skip


def test_restarted() -> None:
    assert changed(full(), transitions.restarted(full())) == {
        "state": RecordState.QUEUED, "job_id": None, "attempt": 5, "earlier_work_dirs": pvector([OLD, OWN]),
        "work_dir": None, "main_node": None, "all_nodes": pvector(), "start_time": None, "completion_time": None,
        "exit_code": None, "failure": None,
    }  # fmt: skip


def test_not_resubmitted_and_linked() -> None:
    number, sentence = Reason.RESUBMISSION.number, Reason.RESUBMISSION.sentence
    refused = transitions.not_resubmitted(full(), Trouble(Reason.BATCH_REFUSED, "no such queue"))
    assert changed(full(), refused) == {"failure": WhyFailed(number, f"{sentence}: no such queue")}
    assert changed(refused, transitions.linked(refused, "5.local")) == {"resubmitted_as": "5.local", "failure": None}
    assert changed(full(), transitions.linked(full(), "5.local")) == {"resubmitted_as": "5.local"}


UNLIVED: dict[str, object] = {
    "job_id": None, "attempt": 1, "state": RecordState.QUEUED, "start_time": None, "main_node": None,
    "all_nodes": pvector(), "work_dir": None, "completion_time": None, "exit_code": None, "script_exit_code": None,
    "failure": None, "killed_by": None, "delivered": None, "resubmitted_as": None, "notes": pvector(),
}  # fmt: skip


def test_unlived() -> None:
    assert changed(full(), transitions.unlived(full())) == UNLIVED


def test_the_next_cycle() -> None:
    assert changed(full(), transitions.next_job(full(), now=LATER)) == {
        **UNLIVED, "job_name": "run+0004.sh", "loop": replace(LOOP, current=4), "token": next_token(full()),
        "submission_time": LATER, "stdout_file": "run+0004.out", "stderr_file": "run+0004.err", "previous": "1.local",
        "earlier_work_dirs": pvector(),
    }  # fmt: skip


def test_the_next_continuous_job_knows_which_directories_may_still_stand_and_by_which_mark() -> None:
    handed = replace(full(JobType.CONTINUOUS), earlier_work_dirs=pvector([OLD, replace(OWN, token="before")]))
    assert changed(handed, transitions.next_job(handed, now=LATER)) == {
        **UNLIVED, "token": next_token(handed), "submission_time": LATER, "previous": "1.local",
        "earlier_work_dirs": pvector(
            [replace(OLD, token="t0k3n"), replace(OWN, token="before"), replace(OWN, token="t0k3n")]
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    "before",
    [
        kind.in_place(replace(full(), work_dir="/home/alice/job")),
        replace(full(), main_node=None),
        replace(full(), work_dir=None),
        replace(full(), earlier_work_dirs=pvector([OWN])),
    ],
)
def test_a_directory_is_remembered_once_and_only_on_scratch(before: JobInfo) -> None:
    assert transitions.restarted(before).earlier_work_dirs == before.earlier_work_dirs


# --- what others may add meanwhile ------------------------------------------------------------------------------------


def run_of(record: JobInfo) -> Run:
    return replace(begin(kind.recovering(record, Absent())), phase=Phase.CODE)


def refusal(disk: JobInfo) -> Refused:
    step = kind.until(Phase.CLAIM, kind.booted(job()))
    return replace(kind.refused(step, disk), now=LATER + timedelta(hours=1))


def test_what_others_may_add_is_taken_over_and_nothing_else() -> None:
    mine = replace(full(), state=RecordState.RUNNING, job_id=None, killed_by=None, resubmitted_as=None)
    run = run_of(mine)
    theirs = replace(
        mine,
        job_id="2.local", killed_by=KilledBy("bob", THEN), resubmitted_as="9.local", unknown=pmap({"a": 1}),
        exit_code=55, notes=pvector(["theirs"]),
    )  # fmt: skip
    assert adopted(run, refusal(theirs)) is None, "another job has it"
    theirs = replace(theirs, job_id="1.local")
    run = replace(run, job_id="1.local", retakes=2)
    expected = replace(
        mine, job_id="1.local", killed_by=theirs.killed_by, resubmitted_as="9.local", unknown=theirs.unknown
    )
    after = adopted(run, refusal(theirs))
    assert after == replace(
        run, job=expected, disk=theirs, version=kind.version(theirs, "other"), retakes=3, now=LATER + timedelta(hours=1)
    )
    assert after is not None
    assert at(after, refusal(theirs), Phase.SORT).retakes == 0


@pytest.mark.parametrize("phase", [Phase.CODE, Phase.RESTART_RECORD])
def test_an_id_that_was_added_is_only_taken_from_the_record_when_none_is_known_or_it_is_queued_again(
    phase: Phase,
) -> None:
    mine = replace(full(), state=RecordState.RUNNING)
    after = adopted(replace(run_of(mine), phase=phase), refusal(replace(mine, job_id=None)))
    assert after is not None and after.job.job_id == (None if phase is Phase.RESTART_RECORD else "1.local")


@pytest.mark.parametrize(
    "changes",
    [{"token": "other"}, {"attempt": 5}, {"state": RecordState.QUEUED}, {"job_id": "7.local"}],
    ids=["token", "attempt", "state", "id"],
)
def test_a_record_that_differs_in_whose_it_is_or_where_it_stands_is_not_taken_over(changes: dict[str, object]) -> None:
    mine = replace(full(), state=RecordState.RUNNING)
    assert adopted(run_of(mine), refusal(mine)) is not None
    assert adopted(run_of(mine), refusal(replace(mine, **changes))) is None  # type: ignore[arg-type]


def test_a_working_directory_that_was_wiped_meanwhile_is_not_named_again() -> None:
    older = WorkDir("node3", "/scratch/older")
    disk = replace(full(), state=RecordState.RUNNING, earlier_work_dirs=pvector([older, OLD]))
    run = replace(run_of(disk), job=replace(disk, earlier_work_dirs=pvector([older, OLD, OWN])))
    after = adopted(run, refusal(replace(disk, earlier_work_dirs=pvector([older]))))
    assert after is not None and after.job.earlier_work_dirs == pvector([older, OWN])
    assert after.disk.earlier_work_dirs == pvector([older])


def test_it_is_taken_over_five_times_and_no_more() -> None:
    mine = replace(full(), state=RecordState.RUNNING)
    assert MAX_RETAKES == 5
    assert adopted(replace(run_of(mine), retakes=4), refusal(mine)) is not None
    assert adopted(replace(run_of(mine), retakes=5), refusal(mine)) is None
    assert adopted(run_of(mine), replace(refusal(mine), version=None)) is None
    assert adopted(run_of(mine), replace(refusal(mine), on_disk=None)) is None


def test_what_was_written_is_what_stands_on_the_disk_from_then_on() -> None:
    run = run_of(replace(full(), state=RecordState.RUNNING))
    job, version = transitions.with_code(run.job, 3), kind.version(run.job, "new")
    done = Done((Written(version),), LATER)
    after = written(Phase.SORT)(replace(run, asked=job, retakes=2), done)
    assert after == replace(run, phase=Phase.SORT, job=job, disk=job, asked=None, version=version, now=LATER)
    with pytest.raises(NonsenseError):
        written(Phase.SORT)(run, done)


def test_what_is_to_be_said_is_said_once_also_beside_a_record() -> None:
    world = kind.World()
    staging = kind.until(Phase.STAGE, kind.booted(job()), world)
    assert staging.run is not None
    step = decide(replace(staging.run, say=("look",)), world.done(staging))
    said, write = step.effects
    assert said == Say("look") and isinstance(write, WriteRecord)
    assert step.run is not None and (step.run.phase, step.run.say, step.run.asked) == (Phase.START, (), write.job)


def test_a_kill_is_news_once_and_to_a_recovery_it_is_none() -> None:
    calm = replace(run_of(replace(full(), killed_by=None)), recovering=False)
    killed = replace(calm, job=full())
    assert newly_killed(calm, killed)
    assert not newly_killed(killed, killed) and not newly_killed(calm, calm)
    assert not newly_killed(replace(calm, recovering=True), replace(killed, recovering=True))


def test_without_scratch_there_is_none_for_a_later_attempt_either() -> None:
    step = decide(None, kind.booted(job(), scratch=None, taken=frozenset({1, 2})))
    (write,) = step.effects
    assert isinstance(write, WriteRecord) and write.job.failure is not None
    assert write.job.failure.number == Reason.NO_SCRATCH.number


# --- how places are reached -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shared", "here", "home"),
    [(True, "desk", None), (True, "node2", None), (False, "desk", None), (False, "node2", "desk")],
)
def test_home_is_reached_through_its_machine_only_from_elsewhere_and_without_mounts(
    shared: bool, here: str, home: str | None
) -> None:
    run = replace(run_of(full()), shared=shared, here=here)
    assert (run.home_host, run.at_home("x").host, run.in_archive_dir("x").host) == (home, home, home)
    assert run.at_home("x").path == "/home/alice/job/x"
    assert run.in_archive_dir("x").path == "/home/alice/job/storage/x"
    assert (run.home_temporary.host, run.archive_temporary.host) == (home, home)
    in_place = replace(run, job=kind.in_place(replace(full(), work_dir="/home/alice/job")))
    assert (in_place.at_work.host, in_place.at_mark.host) == (home, home)


@pytest.mark.parametrize(
    ("node", "here", "shared_scratch", "host"),
    [
        ("node2", "node2", False, None), ("node2", "desk", False, "node2"), ("node2", "desk", True, None),
        (None, "desk", False, None),
    ],
)  # fmt: skip
def test_scratch_is_reached_through_its_node(
    node: str | None, here: str, shared_scratch: bool, host: str | None
) -> None:
    site = Site(name="x", engine="PBS", batch_system="PBS", scratch_shared=shared_scratch)
    for record in (replace(full(), main_node=node, site=site), replace(full(), main_node=node)):
        run = replace(run_of(record), here=here)
        assert run.work_host == (host if record.site or not shared_scratch else node)
        assert (run.at_work.host, run.at_mark.host) == (run.work_host, run.work_host)


def test_what_is_moved_aside_says_for_whom() -> None:
    assert run_of(full()).aside == "run+0001.sh-1.local"
    assert run_of(replace(full(), job_id=None, token="0123456789")).aside == "run+0001.sh-01234567"
