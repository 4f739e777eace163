"""The small decisions, as a user may ask them."""

import hashlib

import pytest
from pyrsistent import pvector

from qq.core.lifecycle.decisions import (
    effective_code,
    excluded_paths,
    included_names,
    is_at_home,
    is_closed,
    is_partly_home,
    next_cycle,
    next_is_due,
    next_token,
    private_paths,
    results_are_due,
    should_archive,
    should_resubmit,
    should_transfer,
    uses_scratch,
)
from qq.core.records.job import KilledBy, LoopInfo, WhyFailed
from qq.core.records.site import Site
from qq.core.records.values import Modes, Resources
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason
from tests.core.lifecycle import kind

LOOP = kind.job(JobType.LOOP)


def loop(**changes: object) -> LoopInfo:
    """The loop of that job, changed."""
    assert LOOP.loop is not None
    return replace(LOOP.loop, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["success"], {0}),
        (["failure"], {1, 42}),
        (["always"], {0, 1, 42}),
        (["never"], set()),
        ([42], {42}),
        (["success", 1], {0, 1}),
        ([], set()),
    ],
)
def test_modes_tell_exit_codes_apart(words: list[str | int], allowed: set[int]) -> None:
    modes = Modes(tuple(words))
    assert {code for code in (0, 1, 42) if modes.allows(code)} == allowed
    assert {code for code in (0, 1, 42) if should_transfer(replace(LOOP, transfer_mode=modes), code)} == allowed
    archived = replace(LOOP, loop=loop(archive_mode=modes))
    assert {code for code in (0, 1, 42) if should_archive(archived, code)} == allowed


def test_a_job_in_its_input_directory_transfers_nothing_and_only_loops_archive() -> None:
    assert not should_transfer(kind.in_place(LOOP), 0)
    assert should_archive(kind.in_place(LOOP), 0)
    assert not should_archive(kind.job(), 0)


@pytest.mark.parametrize("job_type", [JobType.LOOP, JobType.CONTINUOUS])
def test_95_is_a_success_that_does_not_go_on(job_type: JobType) -> None:
    job = kind.job(job_type)
    assert effective_code(job, 95) == 0
    assert should_resubmit(job, 0)
    assert not should_resubmit(job, 95)
    assert not should_resubmit(job, 1)
    assert effective_code(kind.job(), 95) == 95
    assert not should_resubmit(kind.job(), 0)


def test_cycles_end_at_the_last() -> None:
    assert next_cycle(LOOP) == 2
    last = replace(LOOP, loop=loop(current=3))
    assert next_cycle(last) is None
    assert not should_resubmit(last, 0)
    assert next_cycle(kind.job()) is None


def test_where_the_script_runs_is_asked_of_the_record_first_then_of_the_wish_then_of_the_site() -> None:
    job = kind.job()
    assert uses_scratch(job)
    assert not uses_scratch(kind.in_place(job))
    assert not uses_scratch(replace(job, resources=Resources(work_dir="job_dir")))
    assert not uses_scratch(replace(job, work_dir="/home/alice/job/"))
    assert not uses_scratch(replace(job, resources=Resources()))
    site = Site(name="here", engine="local", batch_system="local", default_work_dir="scratch_local")
    assert uses_scratch(replace(job, resources=Resources(), site=site))


def test_a_next_one_is_due_only_after_finished_and_once() -> None:
    done = replace(LOOP, state=RecordState.FINISHED, script_exit_code=0)
    assert next_is_due(done)
    assert next_is_due(replace(done, script_exit_code=None))
    assert not next_is_due(LOOP)
    assert not next_is_due(replace(done, resubmitted_as="2.local"))
    assert not next_is_due(replace(done, killed_by=KilledBy("alice", kind.NOW)))
    assert not next_is_due(replace(done, script_exit_code=95))


def test_results_are_due_until_the_record_is_closed() -> None:
    job = replace(kind.job(), state=RecordState.RUNNING)
    assert not results_are_due(job)
    assert results_are_due(replace(job, script_exit_code=0))
    assert not results_are_due(replace(job, script_exit_code=1))
    assert results_are_due(replace(kind.in_place(LOOP), state=RecordState.RUNNING, script_exit_code=0))
    failed = replace(job, state=RecordState.FAILED, script_exit_code=0, failure=kind.TROUBLED)
    assert results_are_due(failed)
    for reason in (Reason.SCRIPT_FAILED, Reason.SCRIPT_DIED):
        assert is_closed(replace(failed, failure=WhyFailed(reason.number, "its own end")))
    assert is_closed(replace(failed, failure=None))
    assert is_closed(replace(failed, delivered=kind.NOW))
    assert not results_are_due(replace(job, state=RecordState.FINISHED, script_exit_code=0))


def test_results_of_a_directory_that_is_gone_are_not_due() -> None:
    failed = replace(kind.job(), state=RecordState.FAILED, script_exit_code=0)
    assert results_are_due(replace(failed, failure=WhyFailed(Reason.COPY_HOME.number, "it broke")))
    assert not results_are_due(replace(failed, failure=WhyFailed(Reason.WORK_DIR_GONE.number, "it is gone")))


def test_everything_is_at_home_once_that_is_on_record_or_where_it_never_left() -> None:
    done = replace(kind.job(), state=RecordState.FINISHED, script_exit_code=0, work_dir="/scratch/x")
    assert not is_at_home(done)
    assert is_at_home(replace(done, delivered=kind.NOW))
    assert is_at_home(replace(done, state=RecordState.FAILED, delivered=kind.NOW))
    there = replace(kind.in_place(kind.job()), script_exit_code=0)
    assert is_at_home(replace(there, state=RecordState.FINISHED))
    assert not is_at_home(replace(there, state=RecordState.FAILED))


def test_a_finished_job_is_partly_home_where_not_all_could_stand_there() -> None:
    done = replace(kind.job(), state=RecordState.FINISHED, script_exit_code=0, work_dir="/scratch/x")
    assert is_partly_home(done)
    for other in (
        replace(done, state=RecordState.FAILED),
        replace(done, delivered=kind.NOW),
        replace(done, settings=None),
        replace(done, script_exit_code=None),
        replace(done, script_exit_code=1),
    ):
        assert not is_partly_home(other)


def test_exact_paths_are_left_out_of_the_working_directory() -> None:
    job = replace(
        LOOP,
        excluded=pvector(["/home/alice/job/old/big.xtc", "/somewhere/else"]),
        included=pvector(["/data/ff/", "/data/water.gro"]),
    )
    assert set(excluded_paths(job)) == {
        b"run+0001.qqinfo", b"run+0001.qqout", b"storage", b"old/big.xtc", b"ff", b"water.gro",
    }  # fmt: skip
    assert list(included_names(job)) == [b"ff", b"water.gro"]
    assert set(excluded_paths(kind.job())) == {b"run.qqinfo", b"run.qqout"}


def test_in_the_input_directory_qqs_own_files_are_private() -> None:
    names = private_paths(kind.in_place(LOOP))
    assert b"storage" in names and b".run+0001.sh.qqmark.list" in names
    assert b"storage" not in private_paths(kind.job())
    elsewhere = private_paths(replace(LOOP, loop=loop(archive="/data/archive")))
    assert elsewhere and not any(b"archive" in name for name in elsewhere)


def test_the_next_token_is_known_beforehand_and_of_each_cycle_its_own() -> None:
    tokens = {next_token(replace(LOOP, loop=loop(current=n))) for n in range(10)}
    assert len(tokens) == 10
    assert next_token(LOOP) == next_token(replace(LOOP, job_id="another"))
    # Two versions of qq in one chain have to agree about it.
    assert next_token(LOOP) == hashlib.sha256(b"t0k3n\n2").hexdigest()[:32]
    again = kind.job(JobType.CONTINUOUS)
    assert next_token(again) == hashlib.sha256(b"t0k3n\n1.local").hexdigest()[:32]
    assert next_token(again) != next_token(replace(again, job_id="another"))
