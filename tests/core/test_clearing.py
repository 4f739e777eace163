"""Which files of a directory may go: runtime files of jobs that are over, of no job, and what qq left behind."""

from typing import Any

import pytest
from pyrsistent import pvector

from qq.core.clearing import (
    Clearing,
    Directory,
    Standing,
    clearing,
    clearing_of,
    is_left_behind,
    mark_may_know_more,
    owned,
    possible_scripts,
    token_in,
)
from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.records.job import WhyFailed
from qq.core.replacing import replace
from qq.core.states import BatchState, RecordState
from tests.core.jobs import a_job, a_loop_job

RUN = ("run.sh", "run.qqinfo", "run.qqout", "run.out", "run.err", ".run.sh.qqmark", ".run.sh.qqmark.list")
FAILED = a_job(state=RecordState.FAILED, failure=WhyFailed(1, "it ended with 3"))
TOKEN = "0123456789abcdef" * 2
OVER = Seen(job_id="1.local", state=BatchState.FAILED)
RUNNING = Seen(job_id="1.local", state=BatchState.RUNNING)


def a_directory(*names: str, **more: Any) -> Directory:
    return Directory(names=frozenset(names), **{"idle": {}, "tokens": {}, **more})


def recorded(job: Any, evidence: Evidence = OVER, name: str = "run.qqinfo") -> Any:
    return pvector([Standing(name, job, evidence)])


def why(found: Clearing) -> str:
    (kept,) = found.kept
    return f"{kept.what} {kept.why}"


def test_a_failed_jobs_own_files_go_its_record_last_and_foreign_ones_stay() -> None:
    names = (*RUN, "foreign.out", "run.txt", "run2.out")
    found = clearing(a_directory(*names, records=recorded(FAILED), scripts=frozenset({"run.sh"})))
    assert set(found.files) == set(RUN) - {"run.sh"}
    assert found.files[-1] == "run.qqinfo"
    assert not found.kept


@pytest.mark.parametrize("state", [RecordState.QUEUED, RecordState.FINISHED])
def test_active_and_finished_jobs_keep_their_files_without_force(state: RecordState) -> None:
    evidence = Seen(job_id="1.local", state=BatchState.QUEUED) if state is RecordState.QUEUED else OVER
    directory = a_directory(*RUN, records=recorded(a_job(state=state), evidence))
    found = clearing(directory)
    assert not found.files
    assert str(state) in why(found)
    assert len(clearing(directory, force=True).files) == 6


def test_a_running_job_keeps_its_files_by_force_too() -> None:
    found = clearing(a_directory(*RUN, records=recorded(FAILED, RUNNING)), force=True)
    assert not found.files
    assert why(found) == "1.local (run.sh) is still running, suspended or exiting, says the batch system"


def test_a_mark_may_know_more_only_of_a_job_that_stopped_while_it_ran() -> None:
    stopped = a_job(state=RecordState.RUNNING, work_dir="/scratch/x", main_node="n1")
    assert mark_may_know_more(stopped, OVER)
    assert not mark_may_know_more(stopped, RUNNING)
    assert not mark_may_know_more(replace(stopped, work_dir=None), OVER)
    assert not mark_may_know_more(replace(stopped, script_exit_code=0), OVER)


def test_what_was_copied_home_stays_where_nothing_else_is_left() -> None:
    lost = replace(FAILED, token=TOKEN, script_exit_code=0, failure=WhyFailed(40, "the working directory is gone"))
    copies = f".qq-{TOKEN}"
    directory = a_directory(*RUN, copies, records=recorded(lost), idle={copies: 900.0}, tokens={TOKEN: OVER})
    found = clearing(directory)
    assert (found.files, found.temporary) == (pvector(), pvector())
    assert f"stands in {copies} (--force drops that)" in why(found)
    assert clearing(directory, force=True).temporary == pvector([copies])
    begun_only = replace(lost, script_exit_code=None)
    assert clearing(replace(directory, records=recorded(begun_only))).files != pvector()
    assert clearing(replace(directory, names=directory.names - {copies})).files != pvector()


def test_what_may_have_results_stays_while_nobody_can_say() -> None:
    halfway = pvector([Standing("run.qqinfo", a_job(state=RecordState.RUNNING), OVER, unread="can't read the mark")])
    found = clearing(a_directory(*RUN, records=halfway))
    assert not found.files
    assert "may have results: can't read the mark; try again when that is mended (--force drops them)" in why(found)
    assert len(clearing(a_directory(*RUN, records=halfway), force=True).files) == 6


def test_a_job_without_an_id_is_named_all_the_same() -> None:
    found = clearing(a_directory(*RUN, records=recorded(a_job(job_id=None), NotAnswered("asleep"))))
    assert why(found).startswith("job without id (run.sh)")


def test_files_of_no_job_go_if_a_script_has_their_name() -> None:
    names = ("run.sh", "run.out", "run+0003.qqout", "data.out", ".run.sh.qqmark")
    found = clearing(a_directory(*names, scripts=frozenset({"run.sh"})))
    assert set(found.files) == {"run.out", "run+0003.qqout", ".run.sh.qqmark"}


def test_they_stay_while_a_job_of_the_same_script_stays() -> None:
    """The next cycle moves them into the archive in a moment."""
    job = a_loop_job(job_name="run+0002.sh")
    directory = a_directory(
        "run.sh", "run+0001.out", "run+0002.qqinfo", scripts=frozenset({"run.sh"}),
        records=recorded(job, RUNNING, "run+0002.qqinfo"),
    )  # fmt: skip
    found = clearing(directory)
    assert not found.files
    assert [kept.what for kept in found.kept] == ["1.local (run+0002.sh)", "run+0001.out"]


def test_they_stay_while_the_batch_system_has_a_job_there_that_has_no_record() -> None:
    found = clearing(a_directory("run.sh", "run.out", scripts=frozenset({"run.sh"}), unseen="it lives"), force=True)
    assert not found.files
    assert why(found) == "run.out it lives"


def test_what_is_no_record_goes_by_force_only_and_never_while_a_live_job_may_need_it() -> None:
    records = pvector([Standing("run.qqinfo", None, why="it is empty")])
    directory = a_directory("run.qqinfo", "run.out", "other.out", records=records)
    assert why(clearing(directory)) == "run.qqinfo: it is empty; look at it: --force removes it"
    assert list(clearing(directory, force=True).files) == ["run.out", "run.qqinfo"]
    held = a_directory("run.qqinfo", records=records, unseen="it lives")
    assert why(clearing(held, force=True)) == "run.qqinfo: it is empty; it lives"


def test_a_record_under_a_foreign_name_takes_nothing_along() -> None:
    """An archived one, or a copy."""
    found = clearing(a_directory("copy.qqinfo", "copy.out", "run.out", records=recorded(FAILED, OVER, "copy.qqinfo")))
    assert list(found.files) == ["copy.qqinfo"]


def test_a_file_that_two_records_name_stays_while_one_of_them_stays() -> None:
    empty = Standing("run.qqinfo", None, why="it is empty")
    done = Standing("run.qqinfo", FAILED, OVER)
    found = clearing(a_directory("run.out", "run.qqinfo", records=pvector([done, empty])))
    assert not found.files


def test_one_job_of_a_directory_takes_only_its_own_files() -> None:
    other = Standing("else.qqinfo", a_job(token="t1", job_name="else.sh", state=RecordState.FAILED), OVER)
    names = ("run.qqinfo", "run.out", "else.qqinfo", "else.out", "some.out")
    directory = a_directory(*names, records=pvector([Standing("run.qqinfo", FAILED, OVER), other]))
    assert list(clearing_of(FAILED, directory).files) == ["run.out", "run.qqinfo"]
    kept = clearing_of(FAILED, a_directory(*names, records=recorded(FAILED, RUNNING)), force=True)
    assert not kept.files
    assert "still running" in why(kept)


@pytest.mark.parametrize(
    ("evidence", "idle", "goes"),
    [
        (Absent(), 61.0, True),
        (OVER, 61.0, True),
        (Absent(), 59.0, False),
        (RUNNING, 61.0, False),
        (NotAnswered("asleep"), 61.0, False),
        (None, 61.0, False),
    ],
)
def test_temporary_directories_go_when_their_job_is_over_and_nobody_works_on_them(
    evidence: Evidence | None, idle: float, goes: bool
) -> None:
    name = f".qq-{TOKEN}-sync"
    found = clearing(a_directory(name, idle={name: idle}, tokens={} if evidence is None else {TOKEN: evidence}))
    assert list(found.temporary) == ([name] if goes else [])


def test_temporary_directories_of_a_job_that_stays_stay() -> None:
    name = f".qq-{TOKEN}"
    records = recorded(a_job(token=TOKEN, state=RecordState.FINISHED))
    found = clearing(a_directory("run.qqinfo", name, idle={name: 99.0}, tokens={TOKEN: OVER}, records=records))
    assert not found.temporary


def test_locks_that_were_left_go_by_age_alone() -> None:
    idle = {".qq-lock-0123456789abcdef": 61.0, ".qq-record-0123456789abcdef": 1.0}
    assert list(clearing(a_directory(*idle, idle=idle)).temporary) == [".qq-lock-0123456789abcdef"]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        (f".qq-{TOKEN}", True),
        (f".qq-{TOKEN}-old", True),
        (".qq-lock-0123456789abcdef", True),
        (".qq.lock.broken-0123456789abcdef", True),
        (".qq-0123456789ab-4711", True),
        (".qq.lock", False),
        (".qq-notes", False),
        (f"x.qq-{TOKEN}", False),
        (f".qq-{TOKEN}.txt", False),
    ],
)
def test_only_names_that_qq_makes_are_taken_for_its_own(name: str, left: bool) -> None:
    assert is_left_behind(name) is left


def test_the_token_in_a_name() -> None:
    assert token_in(f".qq-{TOKEN}-sync") == TOKEN
    assert token_in(".qq-lock-0123456789abcdef") is None


@pytest.mark.parametrize(
    ("runtime", "scripts"),
    [
        ("run.out", {"run", "run.sh", "run.py"}),
        ("run+0003.qqinfo", {"run", "run.sh", "run.py"}),
        (".run.sh.qqmark.list", {"run", "run.sh", "run.py"}),
        ("a.b.out", {"a.b.c"}),
        ("a+0001.b.err", {"a.b.c"}),
        ("data.txt", set()),
        ("none.out", set()),
    ],
)
def test_scripts_that_a_runtime_file_may_be_named_after(runtime: str, scripts: set[str]) -> None:
    names = ["run", "run.sh", "run.py", "a.b.c", "data.txt", "run.qqout", runtime]
    assert possible_scripts(names, [runtime]) == scripts


def test_the_names_that_records_own() -> None:
    names = ["run.out", "run.err", "copy.qqinfo", "copy.out"]
    assert owned(names, [("run.qqinfo", FAILED), ("copy.qqinfo", FAILED)]) == {"run.out", "run.err", "copy.qqinfo"}
