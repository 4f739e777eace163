"""A second host, or a whole cluster, for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import QQHome
from tests.real.cluster.cluster import ADA, Cluster, a_cluster
from tests.real.sshd import OtherHost, other_host

LONGEST = (
    "test_links.py",
    "test_power.py",
    "test_controller.py",
    "test_honesty.py",
    "test_doctor.py",
    "test_ends.py",
    "test_lives.py",
    "test_ends_late.py",
    "test_scheduling.py",
)
"""The files whose tests take longest, measured; those of the first ones wait for minutes until a host is given up."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, or one worker waits alone at the end."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)) if "real" in item.path.parts else len(ranks))


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
