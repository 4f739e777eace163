"""A second host, or a whole cluster, for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import QQHome
from tests.real.cluster.cluster import Cluster, a_cluster
from tests.real.sshd import OtherHost, other_host


@pytest.fixture
def other(tmp_path: Path, qq_home: QQHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherHost]:
    """Another host, and ``QQ_SSH`` so that qq finds it."""
    base = tmp_path / "hosts"
    base.mkdir()
    with other_host(base) as host:
        monkeypatch.setenv("QQ_SSH", host.ssh)
        yield host


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[Cluster]:
    """One cluster for all tests of a run."""
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(running_cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, whole and without jobs, whatever the test before has done to it."""
    yield running_cluster
    running_cluster.mend()
