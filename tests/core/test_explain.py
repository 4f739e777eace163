"""Every end and every contradiction has a sentence, a number and, where something can be done, the next command."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrsistent import pvector

from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.explain import explain, next_cycle_missing, selector
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo, KilledBy, WhyFailed
from qq.core.records.values import Dependency, Modes
from qq.core.replacing import replace
from qq.core.result import Success
from qq.core.states import BatchState, JobType, RealState, RecordState
from qq.core.suitability import can_recover
from qq.core.troubles import Reason
from tests.core.jobs import LOOP, a_job, a_loop_job

BY_USER = KilledBy("ada", datetime(2026, 1, 2, 3, 4, 5))
RUNNING, QUEUED, FINISHED = RecordState.RUNNING, RecordState.QUEUED, RecordState.FINISHED
FAILED, KILLED = RecordState.FAILED, RecordState.KILLED


def seen(state: BatchState, **more: object) -> Seen:
    return Seen(job_id="1.local", state=state, **more)  # type: ignore[arg-type]


GONE = seen(BatchState.FAILED)
ENDED = seen(BatchState.FINISHED)

CASES: list[tuple[str, JobInfo, Evidence, Reason, str, str]] = [
    ("node lost", a_job(state=RUNNING), Absent(), Reason.NODE_LOST, "vanished while", "qq recover 1.local"),
    ("not recorded", a_job(state=RUNNING), GONE, Reason.VANISHED, "could not record", "qq recover 1.local"),
    ("code known", a_job(state=RUNNING, script_exit_code=3), GONE, Reason.VANISHED, "code 3", "qq recover 1.local"),
    ("no id", a_job(job_id=None), Absent(), Reason.NEVER_SUBMITTED, "never got", "qq recover -d /home/ada/job"),
    ("forgotten", a_job(), Absent(), Reason.NOT_STARTED, "no longer knows", "qq recover 1.local"),
    ("not begun", a_job(), ENDED, Reason.NOT_STARTED, "before qq run could begin", "qq recover 1.local"),
    ("127", a_job(), seen(BatchState.FAILED, exit_code=127), Reason.STARTER_NOT_FOUND, "does not find qq", "qq submit"),
    (
        "dependency",
        a_job(depend=pvector([Dependency("afterok", pvector(["0.local"]))])),
        GONE,
        Reason.DEPENDENCY,
        "depends on",
        "qq clear, then qq submit",
    ),
    (
        "dependency in the batch system's words",
        a_job(depend=pvector([Dependency("afterok", pvector(["0.local"]))])),
        seen(BatchState.FAILED, comment=f"{Reason.DEPENDENCY.sentence}: waited for 0.local"),
        Reason.DEPENDENCY,
        "it would have to: waited for 0.local",
        "qq clear, then qq submit",
    ),
    (
        "killed, and the batch system says why, and a later attempt's code",
        a_job(state=KILLED),
        seen(BatchState.FAILED, exit_code=91, comment="exit code of its prolog: 1"),
        Reason.TERMINATED,
        "the batch system terminated the job (exit code of its prolog: 1)",
        "qq respawn 1.local",
    ),
    ("code", a_job(), seen(BatchState.FAILED, exit_code=3), Reason.NOT_STARTED, "(exit code 3)", "qq recover"),
    ("comment", a_job(), seen(BatchState.FAILED, comment="no luck"), Reason.NOT_STARTED, "(no luck)", "qq recover"),
    (
        "kill unrecorded",
        a_job(state=RUNNING, killed_by=BY_USER),
        GONE,
        Reason.KILLED_BY_USER,
        "killed by ada",
        "qq kill",
    ),
    ("exiting", a_job(state=RUNNING), seen(BatchState.EXITING), Reason.CONTRADICTION, "look again", "qq info 1.local"),
    ("contradiction", a_job(state=FINISHED), seen(BatchState.HELD), Reason.CONTRADICTION, "says held", "qq info"),
    ("requeued", a_job(state=RUNNING), seen(BatchState.QUEUED), Reason.REQUEUED, "start anew", ""),
    (
        "requeued, ended",
        a_job(state=RUNNING, script_exit_code=3),
        seen(BatchState.QUEUED),
        Reason.REQUEUED,
        "its script, which ended with code 3, is not run again",
        "",
    ),
    ("lost while staging", a_job(main_node="n1"), GONE, Reason.VANISHED, "could not record", "qq recover 1.local"),
    ("not answered", a_job(state=RUNNING), NotAnswered("timeout"), Reason.BATCH_NOT_ANSWERING, "timeout", ""),
    (
        "not answered, but recorded",
        a_loop_job(state=FINISHED, failure=WhyFailed(45, "the next cycle could not be submitted")),
        NotAnswered("timeout"),
        Reason.BATCH_NOT_ANSWERING,
        "its info file says finished: the next cycle could not be submitted",
        "",
    ),
    ("unknown", a_job(state=RecordState.UNKNOWN), GONE, Reason.RECORD_INVALID, "does not know", ""),
    (
        "failed",
        a_job(state=FAILED, script_exit_code=4),
        GONE,
        Reason.SCRIPT_FAILED,
        "exit code 4",
        "qq respawn 1.local",
    ),
    ("old failed", a_job(state=FAILED, exit_code=9, settings=None), GONE, Reason.SCRIPT_FAILED, "code 9", "qq respawn"),
    ("no reason", a_job(state=FAILED, exit_code=91), GONE, Reason.NOT_RECORDED, "not recorded", "qq logs --qq 1.local"),
    (
        "trouble inside qq",
        a_job(state=FAILED, script_exit_code=0, failure=WhyFailed(41, "home is full")),
        GONE,
        Reason.HOME_FULL,
        "home is full",
        "make room, then qq recover 1.local",
    ),
    ("bare number", a_job(state=FAILED, failure=WhyFailed(41, "")), GONE, Reason.HOME_FULL, "no space is left", "make"),
    ("killed by user", a_job(state=KILLED, killed_by=BY_USER), GONE, Reason.KILLED_BY_USER, "2026-01-02", "qq respawn"),
    (
        "walltime",
        a_job(state=KILLED, failure=WhyFailed(11, "")),
        GONE,
        Reason.WALLTIME,
        "walltime",
        "qq respawn 1.local",
    ),
    ("killed", a_job(state=KILLED), GONE, Reason.TERMINATED, "terminated", "qq respawn 1.local"),
    (
        "killed, and the batch system says why",
        a_job(state=KILLED),
        seen(BatchState.FAILED, comment="a node failed (NodeDown)"),
        Reason.TERMINATED,
        "the batch system terminated the job (a node failed (NodeDown))",
        "qq respawn 1.local",
    ),
    (
        "killed, and of its next attempt a code is known",
        a_job(state=KILLED, script_exit_code=0),
        seen(BatchState.FAILED, exit_code=91),
        Reason.TERMINATED,
        "the batch system terminated the job; the script had ended with code 0",
        "qq recover 1.local",
    ),
    (
        "killed late",
        a_job(state=KILLED, script_exit_code=0),
        GONE,
        Reason.TERMINATED,
        "on their way",
        "qq recover 1.local",
    ),
    (
        "killed late, nothing due",
        a_job(state=KILLED, script_exit_code=0, transfer_mode=Modes(("never",))),
        GONE,
        Reason.TERMINATED,
        "terminated the job; the script had ended with code 0",
        "qq recover 1.local",
    ),
    ("next missing", a_loop_job(state=FINISHED), ENDED, Reason.RESUBMISSION, "not submitted", "qq recover 1.local"),
    (
        "next refused",
        a_loop_job(state=FINISHED, failure=WhyFailed(70, "no such queue")),
        GONE,
        Reason.BATCH_REFUSED,
        "no such queue",
        "qq recover 1.local",
    ),
    (
        "next refused, bare",
        a_loop_job(state=FINISHED, failure=WhyFailed(45, "")),
        GONE,
        Reason.RESUBMISSION,
        "next",
        "qq",
    ),
    ("finished, but", a_job(state=FINISHED, failure=WhyFailed(62, "")), GONE, Reason.RECORD_NOT_WRITTEN, "info", "qq"),
]


@pytest.mark.parametrize(
    ("job", "evidence", "reason", "words", "command"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_reason_words_and_next_command(
    job: JobInfo, evidence: Evidence, reason: Reason, words: str, command: str
) -> None:
    told = explain(job, evidence)
    assert told.reason is reason
    assert told.number == reason.number
    assert words in told.words
    assert told.next_command.startswith(command)
    assert bool(told.next_command) == bool(command)


def test_a_job_that_goes_as_planned_needs_no_explanation() -> None:
    told = explain(a_job(state=RUNNING), seen(BatchState.RUNNING))
    assert (told.state, told.reason, told.number, told.words, told.next_command) == (
        RealState.RUNNING,
        None,
        None,
        "",
        "",
    )
    assert explain(a_job(state=FINISHED), Absent()).reason is None


def test_what_the_batch_system_says_of_a_waiting_job_is_passed_on() -> None:
    told = explain(a_job(), seen(BatchState.QUEUED, comment="waits for 2 cpus"))
    assert (told.reason, told.words) == (None, "waits for 2 cpus")


def test_not_answered_is_marked() -> None:
    assert not explain(a_job(), NotAnswered("no connection")).answered
    assert explain(a_job(), Absent()).answered


def test_without_an_id_the_directory_says_which_job() -> None:
    assert selector(a_job(job_id=None, input_dir="/a b/c")) == "-d '/a b/c'"


def test_the_next_cycle_is_missed_only_where_one_is_due() -> None:
    assert next_cycle_missing(a_loop_job(state=FINISHED))
    assert next_cycle_missing(a_job(state=FINISHED, job_type=JobType.CONTINUOUS))
    for settled in (
        a_loop_job(state=FINISHED, resubmitted_as="2.local"),
        a_loop_job(state=FINISHED, script_exit_code=95),
        a_loop_job(state=FINISHED, loop=LOOP.__class__(start=1, end=3, archive="s", archive_format="j%d", current=3)),
        a_loop_job(state=FINISHED, settings=None),
        a_loop_job(state=FAILED),
        a_job(state=FINISHED),
    ):
        assert not next_cycle_missing(settled)


def test_what_could_not_come_home_is_told_with_the_way_there() -> None:
    partly = a_job(state=FINISHED, work_dir="/scratch/1", main_node="n", script_exit_code=0)
    told = explain(partly, GONE)
    assert told.reason is None and "can't stand at home" in told.words
    assert told.next_command == "qq go 1.local"
    for whole in (
        replace(partly, delivered=BY_USER.when),
        replace(partly, work_dir=partly.input_dir),
        replace(partly, transfer_mode=Modes(("never",))),
        replace(partly, settings=None),
        replace(partly, script_exit_code=None),
    ):
        assert not explain(whole, GONE).words


@pytest.mark.parametrize(
    ("why", "comment", "words", "command"),
    [
        (
            Reason.DEPENDENCY,
            "held for ever",
            "held for ever",
            "qq kill 1.local, then qq clear, then qq submit (with a dependency that can be met)",
        ),
        (Reason.NEVER_STARTS, "", Reason.NEVER_STARTS.sentence, "qq kill 1.local, then ask for less"),
    ],
)
def test_a_job_that_will_never_start_says_what_to_do(why: Reason, comment: str, words: str, command: str) -> None:
    told = explain(a_job(), seen(BatchState.HELD, stuck=why, comment=comment))
    assert (told.state, told.reason, told.words, told.next_command) == (RealState.HELD, why, words, command)


records = st.builds(
    a_job,
    state=st.sampled_from(RecordState),
    killed_by=st.sampled_from([None, BY_USER]),
    script_exit_code=st.sampled_from([None, 0, 1, 95]),
    exit_code=st.sampled_from([None, 0, 1, 91]),
    failure=st.sampled_from([None, WhyFailed(1, ""), WhyFailed(42, "no route"), WhyFailed(12345, "")]),
    job_id=st.sampled_from([None, "1.local"]),
)
evidences = st.one_of(
    st.builds(
        seen, st.sampled_from(BatchState), comment=st.sampled_from(["", "hm"]), exit_code=st.sampled_from([None, 127])
    ),
    st.just(Absent()),
    st.just(NotAnswered("no connection")),
)


@given(records, evidences)
def test_total_and_never_speechless(job: JobInfo, evidence: Evidence) -> None:
    told = explain(job, evidence)
    assert told.state is real_state(job, evidence)
    if told.state in (RealState.FAILED, RealState.KILLED, RealState.INCONSISTENT, RealState.UNKNOWN):
        assert told.reason is not None
        assert told.words
    assert "{job}" not in told.next_command


@pytest.mark.parametrize("code", [None, 0, 3])
@pytest.mark.parametrize("state", [FAILED, KILLED])
@pytest.mark.parametrize("reason", list(Reason))
def test_recover_is_only_named_where_it_does_not_refuse(reason: Reason, state: RecordState, code: int | None) -> None:
    job = a_job(state=state, script_exit_code=code, failure=WhyFailed(reason.number, "why"))
    if "qq recover" in explain(job, GONE).next_command:
        assert isinstance(can_recover(job, GONE), Success)
