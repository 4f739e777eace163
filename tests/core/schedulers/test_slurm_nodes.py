"""Slurm's lists of nodes."""

import pytest

from qq.core.schedulers.slurm_nodes import MOST, node_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("node1", ["node1"]),
        ("node[1-3]", ["node1", "node2", "node3"]),
        ("node[1-3,7]", ["node1", "node2", "node3", "node7"]),
        ("n[08-11]", ["n08", "n09", "n10", "n11"]),
        ("n[099-101]", ["n099", "n100", "n101"]),
        ("a,b[2-3],c", ["a", "b2", "b3", "c"]),
        ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
        ("r[1,3]n[01,10]x,last", ["r1n01x", "r1n10x", "r3n01x", "r3n10x", "last"]),
        ("a[1-2].cluster.cz", ["a1.cluster.cz", "a2.cluster.cz"]),
    ],
)
def test_every_node_is_named(text: str, names: list[str]) -> None:
    assert list(node_names(text)) == names


@pytest.mark.parametrize("text", ["", "(null)", "None assigned", "N/A", "Unknown"])
def test_nothing_assigned_is_no_node(text: str) -> None:
    assert list(node_names(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "n[3-1]",
        "n[1-",
        "n]1[",
        "n[[1-2]]",
        "n[a-b]",
        "n[]",
        "n[1,]",
        ",",
        "a,",
        f"n[1-{MOST + 1}]",
        "n[1-999999999999]",
        "n[1-1000]m[1-1000]",
        f"a[1-{MOST}],b",
    ],
)
def test_what_is_no_list_or_too_long_stands_as_it_came(text: str) -> None:
    assert list(node_names(text)) == [text]
