"""The history of a loop job: which names of an archive are looked at, and what becomes a row."""

from datetime import datetime, timedelta

import pytest

from qq.core.history import FAR, NO_RECORD, Cycle, Span, cycle, spans, tokens_until
from qq.core.lifecycle.decisions import next_token
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.states import RecordState
from tests.core.jobs import LOOP, a_job, a_loop_job

TIME = datetime(2026, 1, 2, 3, 4, 5)


def at(current: int, **changes: object) -> JobInfo:
    """The job of a cycle."""
    return a_loop_job(loop=replace(LOOP, current=current, end=9), job_id=f"{current}.local", **changes)


def test_only_loop_jobs_have_one() -> None:
    assert spans(a_job(), [b"job0001.qqinfo"]) == []


def test_each_cycle_has_its_records_and_files() -> None:
    names = [b"job0002.dat", b"job0001.qqinfo", b"job0001.out", b"job0002.qqinfo", b"README", b"job0009.dat"]
    assert spans(at(3), names) == [
        Span(1, 1, (b"job0001.qqinfo",), (b"job0001.out", b"job0001.qqinfo")),
        Span(2, 2, (b"job0002.qqinfo",), (b"job0002.dat", b"job0002.qqinfo")),
        Span(3, 3),
    ]


def test_a_record_that_kept_its_own_name_is_found() -> None:
    names = [b"run+0001.qqinfo", b"other+0002.qqinfo", b"job0001x.qqinfo", b"\xff+0001.qqinfo"]
    first, *_ = spans(at(2), names)
    assert first.records == (b"run+0001.qqinfo",)


def test_one_record_tells_the_tokens_of_those_after_it() -> None:
    first = at(1)
    told = list(tokens_until(first, at(3)))
    assert told[:2] == [(first.token, 1), (next_token(first), 2)]
    assert [number for _, number in told] == [1, 2, 3]
    assert list(tokens_until(a_job(), first)) == list(tokens_until(at(2), first)) == []
    assert sum(1 for _ in tokens_until(first, at(10**12))) == FAR + 1


def test_cycles_of_which_nothing_is_left_are_one_row() -> None:
    assert spans(at(10**12), [b"job0004.qqinfo"]) == [
        Span(1, 3),
        Span(4, 4, (b"job0004.qqinfo",), (b"job0004.qqinfo",)),
        Span(5, 10**12 - 1),
        Span(10**12, 10**12),
    ]


def test_only_the_newest() -> None:
    names = [b"job%04d.qqinfo" % number for number in range(1, 8)]
    assert [span.first for span in spans(at(7), names, newest=3)] == [5, 6, 7]


def test_a_job_before_its_start_has_one_row() -> None:
    assert spans(a_loop_job(loop=replace(LOOP, start=5, current=2)), []) == [Span(2, 2)]


def test_a_row_tells_what_the_record_says() -> None:
    ended = at(2, state=RecordState.FAILED, start_time=TIME, completion_time=TIME + timedelta(hours=1), exit_code=91)
    assert cycle(at(3), Span(2, 2, (b"r",), (b"r", b"f")), [replace(ended, script_exit_code=7)], 10) == Cycle(
        first=2,
        last=2,
        job_id="2.local",
        state=RecordState.FAILED,
        started=TIME,
        seconds=3600,
        exit_code=7,
        files=2,
        size=10,
    )
    assert cycle(at(3), Span(2, 2, (b"r",)), [ended], None).exit_code == 91


def test_the_current_cycle_is_the_job_itself() -> None:
    row = cycle(at(3, state=RecordState.RUNNING, start_time=TIME), Span(3, 3), [], 0)
    assert (row.job_id, row.state, row.started, row.seconds, row.wrong) == (
        "3.local",
        RecordState.RUNNING,
        TIME,
        None,
        "",
    )


def test_of_two_records_the_later_one_counts() -> None:
    older, later = at(1, token="a"), at(1, token="b", submission_time=TIME + timedelta(days=1))
    for read in ([older, later], [later, older]):
        assert cycle(at(2), Span(1, 1), [replace(one, job_id=one.token) for one in read], 0).job_id == "b"


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        ([], NO_RECORD),
        (["job0001.qqinfo: it is empty"], "job0001.qqinfo: it is empty"),
        ([at(2)], "its record is of another job"),
        ([a_job()], "its record is of another job"),
        ([at(2), "broken"], "broken"),
    ],
)
def test_what_is_missing_or_broken_is_said(read: list[JobInfo | str], wrong: str) -> None:
    row = cycle(at(3), Span(1, 1, (), (b"f",)), read, 5)
    assert (row.wrong, row.state, row.files, row.size) == (wrong, None, 1, 5)
