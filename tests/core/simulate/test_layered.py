"""A mapping that is cheap to copy is a mapping, and copies don't disturb each other."""

from hypothesis import given
from hypothesis import strategies as st

from qq.core.simulate.layered import SMALL, Table, copied

CHANGES = st.lists(st.tuples(st.integers(0, SMALL * 3), st.booleans()), max_size=60)


@given(st.integers(0, SMALL * 3), st.lists(CHANGES, max_size=6))
def test_it_is_a_mapping_whose_copies_are_independent(count: int, rounds: list[list[tuple[int, bool]]]) -> None:
    table: Table[int, str] = dict.fromkeys(range(count), "first")
    plain = dict.fromkeys(range(count), "first")
    for number, changes in enumerate(rounds):
        old, old_plain = table, dict(plain)
        table = copied(table)
        for key, stays in changes:
            if stays:
                table[key] = plain[key] = f"{number}"
            else:
                assert table.pop(key, None) == plain.pop(key, None)
        assert dict(old.items()) == old_plain
        assert dict(table.items()) == plain
        assert (set(table), sorted(table.values())) == (set(plain), sorted(plain.values()))
        assert len(table) == len(plain)
        assert all((key in table) == (key in plain) for key in range(SMALL * 3))
        assert all(table[key] == table.get(key) == value for key, value in plain.items())


@given(st.integers(0, SMALL * 3), st.dictionaries(st.integers(0, SMALL * 3), st.text(max_size=1), max_size=9))
def test_many_entries_come_at_once(count: int, more: dict[int, str]) -> None:
    table = copied(dict.fromkeys(range(count), "first"))
    table.update(more)
    assert dict(table.items()) == {**dict.fromkeys(range(count), "first"), **more}


def test_many_changes_are_folded_in() -> None:
    table: Table[int, int] = {}
    for key in range(SMALL * 4):
        table = copied(table)
        table[key] = key
    assert dict(table.items()) == {key: key for key in range(SMALL * 4)}
