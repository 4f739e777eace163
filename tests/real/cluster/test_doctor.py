"""`qq doctor` on a cluster whose nodes have scratch of their own."""

import json
import re
from pathlib import Path

import pytest

from tests.real.cluster.cluster import Cluster
from tests.real.cluster.jobs import Job

pytestmark = pytest.mark.real


def checked(job: Job, *words: object, codes: tuple[int, ...] = (0,)) -> dict[str, tuple[str, str]]:
    """Check → level and words."""
    said = job.qq("doctor", "--json", *words, codes=codes, timeout=400)
    found, _ = json.JSONDecoder().raw_decode(said)  # then comes what it says on stderr
    return {each["check"]: (each["level"], each["words"]) for each in found}


def test_nodes_are_reached_and_a_job_runs_there(cluster: Cluster) -> None:
    place = cluster.home() / "doctor"
    cluster.do("mkdir", place)
    try:
        job = Job(cluster, place)
        found = checked(job)
        assert re.fullmatch(r"site slurm, slurm\S* [0-9.]+: it answers", found["batch system"][1])
        assert found["ssh to a node"][0] == "fine"
        clocks = [words for check, (_, words) in found.items() if check.startswith("clock of node")]
        assert clocks == ["the same as this host's"]
        by_name = checked(job, "--node", "node2", "--job")
        assert by_name["ssh to a node"][1].startswith("node2 is reached without a password, and qq ")
        level, words = by_name["a real job"]
        assert level == "fine"
        assert " ran on node" in words and f" in {cluster.scratch}/" in words
        assert list(Path(job.seen).iterdir()) == []
    finally:
        cluster.remove(place)


def test_a_node_whose_cable_is_pulled(cluster: Cluster) -> None:
    cluster.network.cable("node3", "down")
    level, words = checked(Job(cluster, cluster.home()), "--node", "node3", codes=(91,))["ssh to a node"]
    assert level == "fault" and words.startswith("node3 ")
