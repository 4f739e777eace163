"""``plan``, ``outcomes`` and ``simulate`` look at one life: where they meet they say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qq
from qq.core.predicting.endings import Ending, endings, example, example_input
from qq.core.predicting.setting import as_new
from qq.core.predicting.told import SYNC, WIPE
from qq.core.records.job import JobInfo
from qq.core.records.values import ModeWord
from qq.core.replacing import replace
from qq.shell.predict import outcomes, plan, simulate
from tests.core.predicting.jobs import LEAKY, a_job, a_loop, modes

HERE = "input_dir"
JOBS = {
    "standard": a_job(),
    "nothing comes home": replace(a_job(), transfer_mode=modes("never")),
    "failures come home": replace(a_job(), transfer_mode=modes("failure")),
    "code 1 comes home": replace(a_job(), transfer_mode=modes(1)),
    "loop": a_loop(),
    "loop, code 1 is archived": a_loop(archive=(1,)),
    "in the input directory": a_job(work_dir=HERE),
    "requeued": replace(a_job(), requeue=True),
    "scratch is emptied": replace(a_job(), site=LEAKY),
    "scratch is emptied, loop": a_loop(site=LEAKY),
}
CASES = [(name, ending) for name, job in JOBS.items() for ending in endings(as_new(job))]


@pytest.mark.parametrize(("name", "ending"), CASES, ids=[f"{name}: {ending.words}" for name, ending in CASES])
def test_a_row_is_what_is_played(name: str, ending: Ending) -> None:
    job = JOBS[name]
    if ending.words not in outcomes(job):
        with pytest.raises(qq.InvalidJob, match="never comes to"):
            _played(job, ending)
        return
    row, told = outcomes(job)[ending.words], _played(job, ending)
    first = told.cycles[0]
    assert (row.state, row.exit_code) == (first.state, first.exit_code)
    assert row.next_command in ({first.next_command} if first.next_command else {"", SYNC, WIPE})
    if len(told.cycles) == 1:
        assert tuple(row.lost) == tuple(told.lost)
        assert told.next_command == first.next_command
        assert {name for name in row.stays if "/" not in name} <= set(told.files("work_dir"))
        assert set(row.home) <= set(told.files("input_dir"))
    if ending.mishap is None:
        planned = plan(job, ending.code)
        assert (planned.state, planned.next_command) == (first.state, first.next_command)


def _played(job: JobInfo, ending: Ending) -> qq.Trace:
    mishaps = [ending.mishap] if ending.mishap is not None else []
    return simulate(job, example(as_new(job), ending.code), {example_input(job): 1}, mishaps, cycles=1)


WORDS: list[ModeWord] = ["always", "never", "success", "failure", 0, 1, 2, 42]


@given(st.sets(st.sampled_from(WORDS), min_size=1, max_size=2), st.integers(0, 255))
def test_every_exit_code_has_the_row_that_tells_what_happens(words: set[ModeWord], code: int) -> None:
    job = replace(a_job(), transfer_mode=modes(*words))
    comes = "results" in outcomes(job)[code].home
    assert comes == qq.should_transfer(job, code)
    assert (simulate(job, qq.Script(code, {"results": 1})).where("results") == ("input_dir",)) == comes
