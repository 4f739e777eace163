"""What the environment of `qq run` says."""

import pytest

from qq.core.node import job_id_variable, nodes_of, not_in_job, seconds_until_end
from qq.core.records.values import Resources
from tests.core.jobs import a_job


def test_it_runs_only_where_a_batch_system_called_it() -> None:
    assert not_in_job({"QQ_ENV_SET": "true"}) is None
    assert "qq submit" in (not_in_job({}) or "")
    assert "script" in (not_in_job({"QQ_ENV_SET": "true", "QQ_ATTEMPT": "1"}) or "")


@pytest.mark.parametrize(
    ("batch_system", "variable"),
    [
        ("local", "QQ_LOCAL_JOB_ID"),
        ("PBS", "PBS_JOBID"),
        ("Slurm", "SLURM_JOB_ID"),
        ("SlurmLumi", "SLURM_JOB_ID"),
        ("SlurmIT4I", "SLURM_JOB_ID"),
    ],
)
def test_each_batch_system_tells_the_id_in_its_own_way(batch_system: str, variable: str) -> None:
    assert job_id_variable(batch_system) == variable


def test_the_end_of_the_walltime_is_what_the_batch_system_says_else_what_was_asked_for() -> None:
    job = a_job(resources=Resources(walltime=3600))
    assert seconds_until_end({"QQ_LOCAL_DEADLINE": "1500"}, job, 1000.0) == 500
    assert seconds_until_end({"SLURM_JOB_END_TIME": "1200"}, job, 1000.0) == 200
    assert seconds_until_end({"SLURM_JOB_END_TIME": "Unknown"}, job, 1000.0) == 3600
    assert seconds_until_end({}, job, 1000.0) == 3600
    assert seconds_until_end({}, a_job(), 1000.0) is None


def test_the_nodes_of_a_job_are_what_variables_say() -> None:
    found = nodes_of("SlurmLumi", {"SLURM_JOB_NODELIST": "nid[001-002]", "SLURM_NODELIST": "x"}, "nid001.lumi")
    assert list(found) == ["nid001", "nid002"]
    assert list(nodes_of("Slurm", {"SLURM_NODELIST": "node7"}, "node7.cz")) == ["node7"]
    assert list(nodes_of("Slurm", {}, "node7.cz")) == []
    assert list(nodes_of("local", {"SLURM_JOB_NODELIST": "node[1-2]"}, "here")) == ["here"]
    assert list(nodes_of("PBS", {"SLURM_JOB_NODELIST": "node[1-2]"}, "here")) == []
