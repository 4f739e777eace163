"""Parts of listings and differences between them."""

from zlib import crc32

import pytest

from qq.core.changes import (
    changed,
    linked,
    only,
    pairs,
    parted,
    portions,
    proves,
    same,
    select,
    several_names,
    unchanged,
    union,
    with_parents,
    without,
)
from qq.core.listing import FEW, Entry, Listing
from qq.core.replacing import replace


def a_file(
    path: str, *, size: int = 10, inode: int | None = None, mtime: int = 1, ctime: int = 2, digest: bytes = b""
) -> Entry:
    return Entry(path.encode(), b"f", size, crc32(path.encode()) if inode is None else inode, mtime, ctime, b"", digest)


def a_dir(path: str, *, mtime: int = 1, ctime: int = 2) -> Entry:
    return Entry(path.encode(), b"d", 0, 7, mtime, ctime)


def paths(listing: Listing) -> list[str]:
    return [entry.path.decode() for entry in listing]


FILE = a_file("a", inode=5, digest=b"x")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (FILE, True),
        (replace(FILE, digest=b""), True),
        (replace(FILE, digest=b"y"), False),
        (replace(FILE, size=11), False),
        (replace(FILE, inode=6), False),
        (replace(FILE, mtime=9), False),
        (replace(FILE, ctime=9), False),
        (replace(FILE, kind=b"p"), False),
        (replace(FILE, target=b"t"), False),
        (replace(FILE, path=b"b"), False),
    ],
)
def test_a_file_is_the_same_when_its_whole_side_is_equal(other: Entry, expected: bool) -> None:
    assert same(FILE, other) is expected
    assert same(other, FILE) is expected


def test_new_and_different_entries_are_changed_and_the_others_are_not() -> None:
    before = Listing.of([a_dir("d"), a_file("d/kept"), a_file("d/other"), a_file("removed")])
    now = Listing.of([a_dir("d", mtime=5), a_file("d/kept"), a_file("d/new"), a_file("d/other", size=3), a_file("z")])
    assert paths(changed(before, now)) == ["d", "d/new", "d/other", "z"]
    assert paths(unchanged(before, now)) == ["d/kept"]


@pytest.mark.parametrize("count", [0, 3, FEW + 2])
def test_a_listing_is_parted_into_what_changed_and_what_did_not(count: int) -> None:
    before = Listing.of([a_file(f"f{number:04d}") for number in range(count)])
    now = Listing.of([a_file(f"f{number:04d}", size=number % 2 * 10) for number in range(1, count + 1)])
    assert parted(before, now) == (changed(before, now), unchanged(before, now))
    assert sum(map(len, parted(before, now))) == count


def test_a_directory_whose_time_moved_travels_itself_and_brings_no_unchanged_children() -> None:
    before = Listing.of([a_dir("d"), a_file("d/a"), a_dir("d/e"), a_file("d/e/b")])
    now = Listing.of([a_dir("d", mtime=9, ctime=9), a_file("d/a"), a_dir("d/e"), a_file("d/e/b")])
    assert paths(changed(before, now)) == ["d"]


def test_pairs_go_by_components_not_by_bytes() -> None:
    left = Listing.of([a_dir("a"), a_file("a/x"), a_file("a-b")])
    right = Listing.of([a_file("a-b"), a_file("a.c"), a_file("b")])
    got = [(a and a.path, b and b.path) for a, b in pairs(left, right)]
    assert got == [(b"a", None), (b"a/x", None), (b"a-b", b"a-b"), (None, b"a.c"), (None, b"b")]


@pytest.mark.parametrize("more", [0, FEW])
def test_a_union_takes_the_second_where_both_have_a_path(more: int) -> None:
    rest = [a_file(f"d/{number:04d}") for number in range(more)]
    first = Listing.of([a_file("a"), a_file("b", size=1), *rest])
    got = list(union(first, Listing.of([a_file("b", size=2), a_file("c")])))
    assert [(entry.path, entry.size) for entry in got[:3]] == [(b"a", 10), (b"b", 2), (b"c", 10)]
    assert got[3:] == rest


TREE = Listing.of(
    [a_file("a"), a_dir("d"), a_dir("d/e"), a_file("d/e/x"), a_file("d/f"), a_file("d-x"), a_dir("g"), a_file("g/a")]
)


def test_paths_are_left_out_and_chosen_with_all_that_is_below_them() -> None:
    roots = frozenset([b"d/e", b"g", b"a"])
    assert paths(without(TREE, roots)) == ["d", "d/f", "d-x"]
    assert paths(select(TREE, roots)) == ["a", "d/e", "d/e/x", "g", "g/a"]
    assert without(TREE, frozenset()) is TREE


def test_a_path_is_left_out_even_when_it_has_no_entry_of_its_own() -> None:
    part = Listing.of([a_file("d/e/x"), a_file("d/f")])
    assert paths(without(part, frozenset([b"d/e"]))) == ["d/f"]
    assert paths(without(part, frozenset([b"d"]))) == []


def test_top_level_names_are_chosen_once_each_with_what_is_below() -> None:
    asked: list[bytes] = []

    def wanted(name: bytes) -> bool:
        asked.append(name)
        return name.startswith(b"d")

    assert paths(only(TREE, wanted, frozenset())) == ["d", "d/e", "d/e/x", "d/f", "d-x"]
    assert asked == [b"a", b"d", b"d-x", b"g"]


def test_a_part_gets_the_directories_that_it_lies_in() -> None:
    part = TREE.where(lambda entry: entry.path in (b"d/e/x", b"a"))
    assert paths(with_parents(part, TREE)) == ["a", "d", "d/e", "d/e/x"]
    assert paths(with_parents(Listing(), TREE)) == []


def test_portions_keep_within_bytes_and_count_and_lose_nothing() -> None:
    whole = Listing.of([a_file(f"f{n:03}", size=n) for n in range(100)])
    parts = list(portions(whole, 300, 20))
    assert [path for part in parts for path in paths(part)] == paths(whole)
    assert all(part.count <= 20 and part.bytes <= 300 for part in parts)


def test_a_file_larger_than_a_portion_travels_alone() -> None:
    parts = list(portions(Listing.of([a_file("a", size=1), a_file("b", size=1000), a_file("c", size=1)]), 10, 10))
    assert [paths(part) for part in parts] == [["a"], ["b"], ["c"]]


def test_every_portion_carries_the_directories_of_its_entries() -> None:
    parts = [paths(part) for part in portions(TREE, 10, 100)]
    assert parts == [["a", "d", "d/e"], ["d", "d/e", "d/e/x"], ["d", "d/f"], ["d-x", "g"], ["g", "g/a"]]


def test_an_empty_listing_has_no_portions() -> None:
    assert list(portions(Listing(), 1, 1)) == []


def test_names_of_one_inode_travel_together() -> None:
    whole = Listing.of(
        [a_file("a", inode=1), a_file("b", inode=2), a_file("c", inode=3), a_dir("d"), a_file("d/a", inode=1)]
    )
    parts = [paths(part) for part in portions(whole, 10, 3)]
    assert parts == [["a", "d", "d/a"], ["b"], ["c", "d"]]
    assert several_names(whole) == {1}


PROOF = a_file("a", inode=1)
LINK = replace(PROOF, kind=b"l", target=b"there")


@pytest.mark.parametrize(
    ("proof", "now", "expected"),
    [
        (PROOF, PROOF, True),
        (PROOF, replace(PROOF, ctime=9), False),
        (PROOF, replace(PROOF, kind=b"d"), False),
        (a_dir("d"), a_dir("d", mtime=8, ctime=9), True),
        (a_dir("d"), a_file("d"), False),
        (LINK, replace(LINK, ctime=9), True),
        (LINK, replace(LINK, target=b"elsewhere"), False),
        (LINK, replace(LINK, inode=2), True),
        (LINK, replace(LINK, mtime=9), True),
        (linked(PROOF), replace(PROOF, ctime=9), True),
        (linked(PROOF), replace(PROOF, inode=2), False),
        (linked(PROOF), replace(PROOF, kind=b"l"), False),
    ],
)
def test_a_proof_holds_for_the_state_that_it_saw(proof: Entry, now: Entry, expected: bool) -> None:
    assert proves(proof, now) is expected


@pytest.mark.parametrize("count", [3, FEW + 1])
def test_few_and_many_entries_are_parted_alike(count: int) -> None:
    before = Listing.of(a_file(f"f{number}") for number in range(count))
    now = Listing.of([*(a_file(f"f{number}", size=10 + (number == 1)) for number in range(count)), a_file("new")])
    new, old = parted(before, now)
    assert paths(new) == ["f1", "new"]
    assert (new, old) == (changed(before, now), unchanged(before, now))
