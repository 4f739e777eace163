"""Jobs of qstat as evidence: what qq needs of them, and jobs that will wait for ever."""

from datetime import datetime

import pytest
from pyrsistent import pvector

from qq.core.evidence import Seen
from qq.core.records.values import Dependency, Size
from qq.core.replacing import replace
from qq.core.schedulers.pbs_jobs import dependencies, hosts, parent_ids, parse_jobs, with_parents
from qq.core.states import BatchState
from qq.core.troubles import Reason
from tests.recorded import recording


def recorded(name: str) -> Seen:
    (job,) = parse_jobs(recording("pbs", name).out).values()
    return job


def test_a_running_job() -> None:
    job = recorded("qstat_multinode_running_fxw")
    assert (job.job_id, job.name, job.user, job.queue) == ("217.pbshost", "mnode", "pbsuser", "workq")
    assert (job.nnodes, job.ncpus, job.mem, job.walltime) == (3, 6, Size(600 * 1024), 3600)
    assert list(job.nodes) == ["pbshost", "node1", "node2"]
    assert job.submitted == job.started == datetime(2026, 11, 22, 15, 45, 21)
    assert (job.state, job.ended, job.exit_code, job.percent_cpu) == (BatchState.RUNNING, None, None, 0)
    assert (job.token, job.info_file, job.input_dir) == (None, None, "/home/pbsuser/m")


def test_a_job_of_qq_is_known_by_its_variables() -> None:
    text = (
        "Job Id: 1.s\n    job_state = Q\n    Variable_List = "
        "QQ_TOKEN=t0,QQ_INFO=/h/a\\, b/r.qqinfo,QQ_INPUT_DIR=file:///h/a%5Cb,PBS_O_WORKDIR=/x\n"
    )
    (job,) = parse_jobs(text).values()
    assert (job.token, job.info_file, job.input_dir) == ("t0", "/h/a, b/r.qqinfo", "/h/a\\b")


@pytest.mark.parametrize(
    ("name", "state", "code", "comment"),
    [
        ("qstat_deleted_running_fxw", BatchState.FAILED, 143, "terminated by pbsuser@pbshost"),
        ("qstat_deleted_queued_fxw", BatchState.FAILED, None, "it was deleted before it ran"),
        ("qstat_child_afterok_of_failed_fxw", BatchState.FAILED, None, "it never ran"),
        ("qstat_walltime_killed_fxw", BatchState.FAILED, None, "the walltime was reached"),
        ("qstat_prologue_exit1_fxw", BatchState.FAILED, None, "could not start it on its node"),
        ("qstat_no_home_fxw", BatchState.FAILED, None, "no home directory there"),
        ("qstat_prologue_exit2_fxw", BatchState.HELD, None, "too many failed attempts"),
        ("qstat_node_down_running_fxw", BatchState.RUNNING, None, "node1"),
        ("qstat_node_down_after_qdel_force_fxw", BatchState.FAILED, None, "its node did not say how it ended"),
        ("qstat_being_deleted_fxw", BatchState.RUNNING, None, "terminated by"),
        ("qstat_exiting_E_fxw", BatchState.EXITING, 143, "terminated by"),
        ("qstat_finished_ok_fxw", BatchState.FINISHED, 0, "and finished"),
        ("qstat_finished_exit3_fxw", BatchState.FAILED, 3, "and failed"),
        ("qstat_rerun_fxw", BatchState.RUNNING, None, "Job run at"),
        ("qstat_suspended_fxw", BatchState.SUSPENDED, None, "Job run at"),
        ("qstat_queued_never_fxw", BatchState.QUEUED, None, "Can Never Run"),
    ],
)
def test_recorded_endings_and_states(name: str, state: BatchState, code: int | None, comment: str) -> None:
    job = recorded(name)
    assert (job.state, job.exit_code) == (state, code)
    assert comment in job.comment


def test_hosts_are_named_once() -> None:
    assert list(hosts("(n1/0*2+n2/0)+n1/1")) == ["n1", "n2"]
    assert list(hosts("")) == []


def test_dependencies_are_what_a_job_waits_for_not_what_waits_for_it() -> None:
    assert list(dependencies("afterok:1.s@s:2.s@s,beforeok:3.s@s,afterany,on:1")) == [
        Dependency("afterok", pvector(["1.s", "2.s"]))
    ]


# --- held for ever ----------------------------------------------------------------------------------------------------

CHILD = Seen(
    job_id="2.s",
    state=BatchState.HELD,
    comment="waits",
    depend=pvector([Dependency("afterany", pvector(["1.s"]))]),
)
NOW = datetime(2026, 1, 1)


@pytest.mark.parametrize("parent", [None, Seen(job_id="1.s", state=BatchState.FAILED, ended=NOW)])
def test_a_child_whose_parent_never_ran_is_held_for_ever(parent: Seen | None) -> None:
    told = with_parents(CHILD, {"1.s": parent})
    assert told.stuck is Reason.DEPENDENCY
    assert told.comment.startswith("waits; 1.s was deleted before it ran")
    assert with_parents(replace(CHILD, comment=""), {"1.s": parent}).comment.startswith("1.s was")


@pytest.mark.parametrize(
    "parent",
    [
        Seen(job_id="1.s", state=BatchState.QUEUED),
        Seen(job_id="1.s", state=BatchState.RUNNING, started=NOW),
        Seen(job_id="1.s", state=BatchState.FAILED, started=NOW, ended=NOW),
    ],
)
def test_a_child_whose_parent_lives_or_ran_waits(parent: Seen) -> None:
    assert with_parents(CHILD, {"1.s": parent}) == CHILD


def test_what_is_not_known_of_a_parent_changes_nothing() -> None:
    assert with_parents(CHILD, {}) == CHILD
    running = replace(CHILD, state=BatchState.RUNNING)
    assert with_parents(running, {"1.s": None}) == running
    assert parent_ids([CHILD, running, CHILD]) == ["1.s"]


def test_the_recorded_child_of_a_deleted_parent_names_it() -> None:
    text = "Job Id: 2.s\n    job_state = H\n    substate = 22\n    depend = afterok:1.s@s\n"
    (child,) = parse_jobs(text).values()
    assert parent_ids([child]) == ["1.s"]
    parent = recorded("qstat_deleted_queued_fxw")
    assert with_parents(child, {"1.s": parent}).stuck is Reason.DEPENDENCY
