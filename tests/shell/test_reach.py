"""Which places are reached by this host's own mounts."""

import pytest

from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.shell.here import host_name
from qq.shell.reach import is_this_host, own_name, reached_over
from tests.core.jobs import PLAIN

SITE = Site(name="slurm", engine="Slurm", batch_system="Slurm")
FAR = replace(PLAIN, batch_system="Slurm", site=SITE, input_machine="desk.invalid", main_node="node.invalid")


def test_scratch_of_another_host_is_reached_over_it() -> None:
    assert reached_over(FAR, "node.invalid") == "node.invalid"


@pytest.mark.parametrize("host", [None, host_name()])
def test_scratch_of_this_host_is_here(host: str | None) -> None:
    assert reached_over(FAR, host) is None


def test_shared_scratch_is_in_reach_from_anywhere() -> None:
    assert reached_over(replace(FAR, site=replace(SITE, scratch_shared=True)), "node.invalid") is None


def test_a_local_job_is_here_whatever_the_host_is_called_today() -> None:
    job = replace(FAR, batch_system="local")
    assert reached_over(job, "the-name-of-yesterday") is None
    assert own_name(job) == "desk.invalid"


def test_this_host_is_called_as_the_record_calls_it() -> None:
    assert own_name(FAR) == host_name()
    assert own_name(replace(FAR, input_machine=host_name())) == host_name()
    assert own_name(replace(FAR, main_node=None)) == host_name()


def test_names_of_other_hosts_and_of_loopback_are_not_this_host() -> None:
    assert is_this_host(host_name())
    assert not is_this_host("node.invalid")
    assert not is_this_host("localhost") or host_name() == "localhost"
    assert not is_this_host("a" * 300)
