"""The environment of the script (SPEC 6)."""

from pyrsistent import pmap

from qq.core.records.job import LoopInfo
from qq.core.records.values import Resources
from qq.core.script_environment import OF_ONE_JOB, handed_on, job_environment, script_environment
from qq.core.states import JobType
from tests.core.jobs import a_job, a_loop_job

FOR_QQ_RUN = {
    "QQ_ENV_SET": "true",
    "QQ_INFO": "/home/ada/job/run.qqinfo",
    "QQ_INPUT_MACHINE": "here",
    "QQ_INPUT_DIR": "/home/ada/job",
    "QQ_BATCH_SYSTEM": "local",
    "QQ_TOKEN": "t0",
}


def test_qq_run_is_told_where_its_record_stands_and_who_it_is() -> None:
    assert job_environment(a_job()) == pmap(FOR_QQ_RUN)


def test_a_script_is_told_what_it_has_and_which_attempt_this_is() -> None:
    resources = Resources(nnodes=2, ncpus=8, ngpus=2, walltime=5400)
    assert script_environment(a_job(resources=resources), 3) == pmap(
        {
            **FOR_QQ_RUN,
            "QQ_NNODES": "2",
            "QQ_NCPUS": "8",
            "QQ_NGPUS": "2",
            "QQ_WALLTIME": "1.5",
            "QQ_ATTEMPT": "3",
        }
    )


def test_amounts_per_node_are_told_as_totals_and_what_nobody_said_is_one_node_and_one_cpu() -> None:
    env = script_environment(a_job(resources=Resources(nnodes=2, ncpus_per_node=4, ngpus_per_node=1)), 1)
    assert (env["QQ_NCPUS"], env["QQ_NGPUS"]) == ("8", "2")
    env = script_environment(a_job(resources=Resources()), 1)
    assert (env["QQ_NNODES"], env["QQ_NCPUS"], env["QQ_NGPUS"]) == ("1", "1", "0")
    assert "QQ_WALLTIME" not in env


def test_a_continuous_job_is_told_how_to_stop() -> None:
    assert script_environment(a_job(job_type=JobType.CONTINUOUS), 1)["QQ_NO_RESUBMIT"] == "95"
    assert "QQ_NO_RESUBMIT" not in script_environment(a_job(), 1)


def test_a_loop_job_is_told_its_cycle_too() -> None:
    loop = LoopInfo(start=1, end=9, archive="storage", archive_format="md%03d", current=7)
    env = script_environment(a_loop_job(loop=loop), 1)
    names = ("QQ_LOOP_CURRENT", "QQ_LOOP_START", "QQ_LOOP_END", "QQ_ARCHIVE_FORMAT", "QQ_NO_RESUBMIT")
    assert [env[name] for name in names] == ["7", "1", "9", "md%03d", "95"]


def test_what_is_handed_on() -> None:
    submitter = {"HOME": "/h", "QQ_DEBUG": "1", "QQ_LOOP_CURRENT": "3", "QQ_TOKEN": "old", "QQ_CONFIG": "/c"}
    request = {"QQ_TOKEN": "new", "QQ_ATTEMPT": "2", "HOME": "/other"}
    expected = {"HOME": "/other", "QQ_DEBUG": "1", "QQ_TOKEN": "new", "QQ_CONFIG": "/c"}
    assert handed_on(submitter, request) == expected


def test_nothing_of_one_job_reaches_another() -> None:
    assert handed_on(dict.fromkeys(OF_ONE_JOB, "x"), {}) == {}
