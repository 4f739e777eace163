"""What may go wrong, in a scientist's words."""

from collections.abc import Callable

import pytest

import qq
from qq.core.lifecycle.phases import Phase
from qq.core.predicting.doing import DOING, MOMENTS
from qq.core.predicting.mishaps import Mishap
from qq.shell.predict import simulate
from tests.core.predicting.jobs import a_job


def test_every_phase_is_something_that_people_know() -> None:
    assert set(DOING) == set(Phase)


@pytest.mark.parametrize("word", MOMENTS)
def test_parts_of_a_life_may_be_spelt_with_hyphens(word: str) -> None:
    assert qq.faults.killed(word.replace(" ", "-").upper()) == qq.faults.killed(word)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: qq.faults.killed("copying"), "'copying' is no part of a job's life; parts are staging, running"),
        (lambda: qq.faults.killed(None), "None is no part of a job's life"),  # type: ignore[arg-type]
        (lambda: qq.faults.killed(5), "5 is no part of a job's life"),  # type: ignore[arg-type]
        (lambda: qq.faults.killed(cycle=-1), "-1 is no number of a cycle"),
        (lambda: qq.faults.killed(cycle=True), "True is no number of a cycle"),
        (lambda: qq.faults.node_lost(cycle="2"), "'2' is no number of a cycle"),  # type: ignore[arg-type]
        (lambda: qq.faults.disk_full("tmp"), "'tmp' is no disk that can be full"),
        (lambda: qq.faults.fails("  "), "wants words of the step"),
        (lambda: qq.faults.disk_full([]), "\\[\\] is no disk"),  # type: ignore[arg-type]
        (lambda: qq.faults.fails(None), "wants words of the step"),  # type: ignore[arg-type]
        (lambda: qq.faults.fails("copy", "2"), "a step can't fail '2' times"),  # type: ignore[arg-type]
        (lambda: qq.faults.fails("copy", 0), "a step can't fail 0 times"),
        (lambda: qq.faults.edited("../x"), "leads out of the job's directory"),
        (lambda: qq.faults.edited("x", -1), "-1 is no size"),
        (lambda: qq.faults.edited("x", -(10**5000)), "a number of thousands of digits is no size"),
        (lambda: qq.faults.killed(simulate(a_job())), "is no part of a job's life"),  # type: ignore[arg-type]
    ],
)
def test_nonsense_is_refused_in_one_line(make: Callable[[], Mishap], words: str) -> None:
    with pytest.raises(qq.InvalidJob, match=words) as error:
        make()
    assert "\n" not in str(error.value)


def test_all_that_is_wrong_is_told_with_its_place() -> None:
    with pytest.raises(qq.InvalidJob) as error:
        qq.faults.node_lost(during="bogus")
    moments = "staging, running, archiving, copying home, submitting, clearing up"
    assert str(error.value) == f"during: 'bogus' is no part of a job's life; parts are {moments}"
    with pytest.raises(qq.InvalidJob) as error:
        qq.faults.edited("/x", -1)
    assert [fault.place for fault in error.value.faults] == ["name", "size"]


def test_only_what_makes_faults_is_offered() -> None:
    offered = ["batch_silent", "disk_full", "edited", "fails", "killed", "node_lost", "submission_refused"]
    assert dir(qq.faults) == offered
