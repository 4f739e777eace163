"""A log that only grows is a value: what is added to one is not seen in those that were there before."""

from hypothesis import given
from hypothesis import strategies as st

from qq.core.simulate.log import Log

PARTS = st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(), max_size=3)), max_size=8)


@given(PARTS)
def test_logs_that_branch_do_not_see_each_other(parts: list[tuple[int, list[int]]]) -> None:
    logs: list[tuple[Log[int], list[int]]] = [(Log(), [])]
    for which, items in parts:
        log, plain = logs[which % len(logs)]
        logs.append((log.extend(items), plain + items))
    for log, plain in logs:
        assert list(log) == log[:] == plain
        assert len(log) == len(plain)
        assert (log[1:], log[-2:], log[::-1]) == (plain[1:], plain[-2:], plain[::-1])
        assert [log[number] for number in range(-len(plain), len(plain))] == plain * 2
