"""What a node has left."""

import pytest
from pyrsistent import pmap, pvector

from qq.core.cluster import Amounts, Node, NodeState, Queue, free, is_usable, nodes_of, takes_jobs, together
from qq.core.records.values import Size

HAS = Amounts(ncpus=8, ngpus=2, mem=Size(100), scratch=pmap({"scratch_local": Size(50)}))
GIVEN = Amounts(ncpus=3, ngpus=2, mem=Size(120), scratch=pmap({"scratch_local": Size(20)}))


def test_what_is_left_is_what_is_not_given_away_and_never_less_than_nothing() -> None:
    left = free(Node(name="n1", state=NodeState.BUSY, has=HAS, given=GIVEN))
    assert left == Amounts(ncpus=5, ngpus=0, mem=Size(0), scratch=pmap({"scratch_local": Size(30)}))


@pytest.mark.parametrize("state", [NodeState.CLOSED, NodeState.DOWN, NodeState.FULL, NodeState.UNKNOWN])
def test_a_node_that_takes_no_jobs_has_nothing_left(state: NodeState) -> None:
    assert free(Node(name="n1", state=state, has=HAS)).ncpus == 0


def test_of_what_nobody_says_nothing_is_said() -> None:
    assert free(Node(name="n1", state=NodeState.FREE)) == Amounts()


def test_a_queue_counts_its_jobs() -> None:
    assert Queue(name="q", jobs=pmap({"queued": 2, "running": 3})).total == 5


@pytest.mark.parametrize(
    ("only_for", "usable"),
    [
        (None, True),
        ([], False),
        (["user:ada"], True),
        (["user:bob"], False),
        (["user:-ada", "user:*"], False),
        (["user:+ada@login.example"], True),
        (["group:chem"], True),
        (["group:bio", "user:ada"], False),
        (["account:someones"], True),
    ],
)
def test_a_queue_that_lets_in_only_some(only_for: list[str] | None, usable: bool) -> None:
    queue = Queue(name="q", only_for=None if only_for is None else pvector(only_for))
    assert is_usable(queue, "ada", ["chem", "users"]) is usable


def test_a_queue_that_takes_no_jobs_is_nobodys() -> None:
    assert not is_usable(Queue(name="q", accepts=False), "ada", [])


def test_the_nodes_of_a_queue() -> None:
    n1 = Node(name="n1", state=NodeState.FREE)
    n2 = Node(name="n2", state=NodeState.FULL, queues=pvector(["other"]))
    down = Node(name="n3", state=NodeState.DOWN)
    assert nodes_of(Queue(name="q"), [n1, n2, down]) == [n1, down]
    assert nodes_of(Queue(name="other", nodes=pvector(["n2"])), [n1, n2]) == [n2]
    assert nodes_of(Queue(name="route", routes_to=pvector(["q"])), [n1]) == []
    assert [takes_jobs(node) for node in (n1, n2, down)] == [True, True, False]


def test_amounts_together_are_of_what_is_known() -> None:
    assert together([HAS, Amounts(ncpus=2, scratch=pmap({"scratch_ssd": Size(1)})), HAS]) == Amounts(
        ncpus=18, ngpus=4, mem=Size(200), scratch=pmap({"scratch_local": Size(100), "scratch_ssd": Size(1)})
    )
    assert together([]) == Amounts()
