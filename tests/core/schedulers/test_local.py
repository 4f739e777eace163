"""The embedded queue starts jobs first come first served among those that fit, and refuses what can never fit."""

from collections.abc import Iterator

import pytest
from pyrsistent import pmap, pvector

from qq.core.depending import Fate
from qq.core.exitcodes import NOT_OURS
from qq.core.records.values import Resources, Size
from qq.core.schedulers.local import (
    Capacity,
    Limits,
    LocalJob,
    Need,
    Stage,
    chosen,
    job_id,
    lacking,
    limited,
    limits_of,
    may_start,
    need_of,
    number_of,
    of_token,
    refusal,
)
from qq.core.schedulers.local_depend import Link

ONE_CPU = Need()
MACHINE = Capacity(ncpus=4, ngpus=1, mem_kb=1000)


def pending(number: int, need: Need = ONE_CPU, *, held: bool = False, after: int | None = None) -> LocalJob:
    depend = pvector([Link("afterany", after)]) if after else pvector()
    return LocalJob(number=number, stage=Stage.PENDING, need=need, held=held, depend=depend)


@pytest.mark.parametrize(
    ("text", "number"), [("17.local", 17), ("17", 17), ("0", 0), ("9" * 18 + ".local", int("9" * 18))]
)
def test_ids_with_and_without_the_suffix(text: str, number: int) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("text", ["", ".local", "17.other", "x", "-1", "1.local.local", "²", "9" * 19, "17.local\n"])
def test_what_is_no_id(text: str) -> None:
    assert number_of(text) is None


def test_an_id_is_read_back() -> None:
    assert number_of(job_id(17)) == 17


def test_limits_replace_what_the_machine_has_one_by_one() -> None:
    assert limited(MACHINE, Limits()) == MACHINE
    assert limited(MACHINE, Limits(ncpus=2)) == Capacity(2, 1, 1000)
    assert limited(MACHINE, Limits(ngpus=0, mem_kb=5)) == Capacity(4, 0, 5)


def test_limits_from_the_environment() -> None:
    assert limits_of({"QQ_LOCAL_NCPUS": "2", "QQ_LOCAL_MEM_KB": "", "OTHER": "1"}).unwrap() == Limits(ncpus=2)
    assert limits_of({"QQ_LOCAL_NCPUS": ""}).unwrap() == Limits()
    assert limits_of({"OTHER": "1"}).unwrap() is None


def test_limits_that_are_no_numbers_are_named_in_one_line() -> None:
    wrong = {"QQ_LOCAL_NCPUS": "2", "QQ_LOCAL_NGPUS": "many", "QQ_LOCAL_MEM_KB": "-1"}
    assert limits_of(wrong).failure() == (
        "QQ_LOCAL_NGPUS: 'many' is no whole number; QQ_LOCAL_MEM_KB: '-1' is no whole number; "
        "correct the variable, or unset it"
    )


@pytest.mark.parametrize(
    ("resources", "need"),
    [
        (Resources(), Need(1, 0, 0)),
        (Resources(ncpus=3, ncpus_per_node=2, ngpus=1, mem=Size(7)), Need(3, 1, 7)),
        (Resources(ncpus_per_node=2, ngpus_per_node=1, mem_per_node=Size(8)), Need(2, 1, 8)),
        (Resources(ncpus=3, mem_per_cpu=Size(5)), Need(3, 0, 15)),
        (Resources(ncpus=3, mem=Size(1), mem_per_cpu=Size(5)), Need(3, 0, 1)),
    ],
)
def test_what_a_request_books(resources: Resources, need: Need) -> None:
    assert need_of(resources) == need


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need(4, 1, 1000), None),
        (Need(5), "5 cpus, there are 4"),
        (Need(1, 2), "2 gpus, there is 1"),
        (Need(1, 0, 2048), "2mb of memory, there is 1000kb"),
    ],
)
def test_what_is_lacking(need: Need, words: str | None) -> None:
    assert lacking(need, MACHINE) == words


def test_what_is_lacking_altogether() -> None:
    assert lacking(Need(1), Capacity(0, 0, 0)) == "1 cpu, there are none"


@pytest.mark.parametrize(
    ("resources", "queue", "words"),
    [
        (Resources(ncpus=4), "", None),
        (Resources(nnodes=1, ncpus=4), "default", None),
        (Resources(), "gpu", "no queue 'gpu'"),
        (Resources(nnodes=2), "", "2 nodes"),
        (Resources(ncpus=64), "", "wants 64 cpus, there are 4 on this machine"),
    ],
)
def test_what_can_never_run_is_refused_in_one_line(resources: Resources, queue: str, words: str | None) -> None:
    no = refusal(resources, queue, MACHINE)
    if words is None:
        assert no is None
    else:
        assert no is not None
        assert words in no
        assert "\n" not in no


def test_first_come_first_served() -> None:
    jobs = [pending(n, Need(2)) for n in (1, 2, 3)]
    assert chosen(MACHINE, [], jobs, {}) == pvector([1, 2])


def test_who_does_not_fit_keeps_nobody_waiting() -> None:
    jobs = [pending(1, Need(4)), pending(2, Need(1, 1)), pending(3, Need(1, 1)), pending(4, Need(1))]
    assert chosen(MACHINE, [Need(1)], jobs, {}) == pvector([2, 4])


def test_memory_is_booked() -> None:
    jobs = [pending(1, Need(1, 0, 600)), pending(2, Need(1, 0, 600)), pending(3, Need(1, 0, 400))]
    assert chosen(MACHINE, [], jobs, {}) == pvector([1, 3])


def test_what_runs_beyond_a_limit_set_later_is_in_nobodys_way_who_does_not_need_it() -> None:
    running = [Need(1, ngpus=2, mem_kb=5000)]
    assert chosen(MACHINE, running, [pending(1, Need(1, ngpus=1)), pending(2)], {}) == pvector([2])


def test_nobody_is_looked_at_once_the_cpus_are_taken() -> None:
    looked_at: list[int] = []

    def jobs() -> Iterator[LocalJob]:
        for number in range(1, 10):
            looked_at.append(number)
            yield pending(number)

    assert chosen(MACHINE, [Need(2)], jobs(), {}) == pvector([1, 2])
    assert looked_at == [1, 2, 3]


def test_held_and_waiting_jobs_do_not_start() -> None:
    known = pmap({1: Fate(begun=True, ended=False, well=False), 2: Fate(begun=True, ended=True, well=False)})
    jobs = [pending(3, held=True), pending(4, after=1), pending(5, after=2)]
    assert chosen(MACHINE, [], jobs, known) == pvector([5])


@pytest.mark.parametrize("stage", [each for each in Stage if each is not Stage.PENDING])
def test_only_pending_jobs_start(stage: Stage) -> None:
    assert not may_start(LocalJob(number=1, stage=stage), {})


@pytest.mark.parametrize(
    ("job", "fate"),
    [
        (LocalJob(number=1, stage=Stage.PENDING), Fate(begun=False, ended=False, well=False)),
        (LocalJob(number=1, stage=Stage.RUNNING, started=True), Fate(begun=True, ended=False, well=False)),
        (LocalJob(number=1, stage=Stage.ENDED, started=True, exit_code=0), Fate(begun=True, ended=True, well=True)),
        (LocalJob(number=1, stage=Stage.ENDED, started=True, exit_code=7), Fate(begun=True, ended=True, well=False)),
        (LocalJob(number=1, stage=Stage.ENDED), Fate(begun=True, ended=True, well=False)),
    ],
)
def test_what_became_of_a_job(job: LocalJob, fate: Fate) -> None:
    assert job.fate == fate


def _ended(number: int, exit_code: int | None) -> LocalJob:
    return LocalJob(number=number, stage=Stage.ENDED, exit_code=exit_code)


@pytest.mark.parametrize(
    ("same", "number"),
    [
        ([], None),
        ([LocalJob(number=3, stage=Stage.PENDING)], 3),
        ([LocalJob(number=4, stage=Stage.PENDING), LocalJob(number=3, stage=Stage.PENDING)], 3),
        ([_ended(3, None), LocalJob(number=4, stage=Stage.PENDING)], 4),
        ([_ended(3, 0), _ended(4, NOT_OURS)], 3),
        ([_ended(3, None), _ended(4, 1)], 4),
        ([_ended(3, NOT_OURS), _ended(4, NOT_OURS)], 3),
    ],
)
def test_which_job_a_token_means(same: list[LocalJob], number: int | None) -> None:
    assert of_token(same, NOT_OURS) == number
