"""Laws of predicting, for every job whose record can be written: each ending is played, and nothing is lost in any."""

import json

import hypothesis.strategies as st
from hypothesis import event, given

from property_tests.strategies.jobs import FEW, jobs
from property_tests.sweep.oracle import allows, effective
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.predicting import faults
from qq.core.predicting.doing import MOMENTS
from qq.core.predicting.endings import example_names
from qq.core.predicting.mishaps import Mishap
from qq.core.predicting.playing import empties_scratch
from qq.core.predicting.setting import as_new
from qq.core.predicting.trace import Trace, simulate
from qq.core.records.job import JobInfo
from qq.core.result import Failure
from qq.core.simulate.world import Script
from qq.shell.predict import outcomes, plan

JOBS = jobs()
SCRIPTS = st.builds(
    Script,
    exit_code=st.sampled_from([0, 1, 42, 95]),
    writes=st.dictionaries(st.sampled_from(["a", "b", "sub/c", "job1.x", "md0002.cpt"]), st.integers(0, 9), max_size=4),
    removes=st.lists(st.sampled_from(["a", "in.dat"]), max_size=2).map(tuple),
    runs_for=st.sampled_from([0, 60, 100_000]),
)
WHEN = st.sampled_from(MOMENTS)
MISHAPS: st.SearchStrategy[Mishap] = st.one_of(
    st.builds(faults.killed, WHEN, by_user=st.booleans()),
    st.builds(faults.node_lost, WHEN, requeued=st.booleans()),
    st.builds(faults.disk_full, st.sampled_from(["scratch", "home"]), WHEN),
    st.builds(faults.batch_silent, WHEN),
    st.builds(faults.submission_refused),
    st.builds(faults.fails, st.sampled_from(["copy", "verify", "write", "list"]), st.integers(1, 4)),
    st.builds(faults.edited, st.sampled_from(["a", "in.dat", "sub/c"]), st.integers(0, 9), WHEN),
)


@FEW
@given(job=JOBS)
def test_every_ending_of_every_job_is_told_and_nothing_is_lost(job: JobInfo) -> None:
    told = outcomes(job)
    event(f"{job.job_type}, {'scratch' if uses_scratch(as_new(job)) else 'input_dir'}, {len(told)} rows")
    keeps = job.site is None or job.site.scratch_outlives_job
    for row in told:
        assert not row.lost or (not keeps and uses_scratch(as_new(job))), row
        assert row.why and "\n" not in row.why
        assert row.state in ("finished", "failed", "killed", "queued", "in an inconsistent state")


@FEW
@given(job=JOBS)
def test_results_come_home_exactly_where_a_mode_says_so(job: JobInfo) -> None:
    for row in outcomes(job):
        code = row.script_exit_code
        if row.ending.startswith("exit") and code is not None and uses_scratch(as_new(job)):
            assert (example_names(job)[0] in row.home) == allows(job.transfer_mode, effective(job, code)), row


@FEW
@given(job=JOBS)
def test_nothing_is_different_from_itself(job: JobInfo) -> None:
    told = outcomes(job)
    assert not told.diff(told) and not told.diff(told).options
    for data in (told.data(), plan(job, 1).data()):
        assert json.loads(json.dumps(data)) == data
    for drawn in (told._repr_html_(), str(told), told.text(60)):
        drawn.encode("utf-8")


@FEW
@given(job=JOBS, script=SCRIPTS, mishaps=st.lists(MISHAPS, max_size=2))
def test_whatever_goes_wrong_nothing_is_lost_and_recover_mends_it(
    job: JobInfo, script: Script, mishaps: list[Mishap]
) -> None:
    played = simulate(job, script, {"in.dat": 3}, mishaps, cycles=3)
    if isinstance(played, Failure):
        event("it never comes to that")
        return
    trace = played.unwrap()
    event(f"{len(trace.cycles)} cycles, {trace.state}")
    _consistent(trace)
    _consistent(trace.recover())


def _consistent(trace: Trace) -> None:
    assert not trace.lost or empties_scratch(trace.job)
    assert 99 not in {cycle.exit_code for cycle in trace.cycles}
    assert json.loads(json.dumps(trace.data())) == trace.data()
    for cycle in trace.cycles:
        assert cycle.began <= cycle.ended
        assert sum(cycle.seconds.values()) <= cycle.ended - cycle.began + 1e-6
    last = trace.cycles[-1]
    assert trace.at(last.ended + 1e9).files("input_dir") == trace.files("input_dir")
    assert trace.at((last.began + last.ended) / 2).cycle in (last.cycle, None)
