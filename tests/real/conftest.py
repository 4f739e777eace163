"""A second host, or a whole cluster, for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import QQHome
from tests.real.cluster.cluster import ADA, Cluster, a_cluster
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


@pytest.fixture
def private(cluster: Cluster) -> Iterator[Path]:
    """A directory on login that the nodes don't see: copying takes as long as the cable lets it."""
    top = cluster.private / ADA / "jobs"
    yield top
    cluster.end_all_jobs()
    cluster.remove(top)


@pytest.fixture(params=["shared", "private"])
def place(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory of the user's on login: nodes see it by their own mounts, or don't."""
    top = cluster.home() if request.param == "shared" else cluster.private / ADA
    yield top / "jobs"
    cluster.end_all_jobs()
    cluster.remove(top / "jobs")
