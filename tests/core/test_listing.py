"""A listing is one packed value: what goes in comes out, in the order of components."""

import pytest

from qq.core.listing import FEW, Entry, Listing

ENTRIES = [
    Entry(b"a-b", b"f", 2**40, 2**63, -5, 2**62),
    Entry(b"a/\xff\n", b"l", 0, 1, 2, 3, b"../somewhere else"),
    Entry(b"a", b"d", 0, 7, 1, 1),
    Entry(b"c", b"f", 1, 1, 1, 1, b"", b"\0" * 32),
    Entry(b"", b"p", 0, 0, 0, 0),
]


def test_what_goes_in_comes_out_sorted_by_components() -> None:
    listing = Listing.of(ENTRIES)
    assert [entry.path for entry in listing] == [b"", b"a", b"a/\xff\n", b"a-b", b"c"]
    assert set(listing) == set(ENTRIES)
    assert all(isinstance(entry, Entry) for entry in listing)


def test_two_listings_of_the_same_are_equal_and_count() -> None:
    assert Listing.of(ENTRIES) == Listing.of(reversed(ENTRIES)) == Listing.of_sorted(Listing.of(ENTRIES))
    assert (len(Listing.of(ENTRIES)), len(Listing())) == (5, 0)
    assert repr(Listing.of(ENTRIES)) == "<5 entries>"


def test_sums_and_choices() -> None:
    listing = Listing.of(ENTRIES)
    assert listing.bytes == 2**40 + 1
    assert list(listing.file_inodes()) == [2**63, 1]
    assert [entry.path for entry in listing.where(lambda entry: entry.kind == b"d")] == [b"a"]


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 3 * FEW])
def test_many_entries_are_packed_and_few_are_not_which_nobody_can_tell(count: int) -> None:
    entries = [Entry(b"%05d" % number, b"fd"[number % 2 :][:1], number, number, 1, 2) for number in range(count)]
    listing = Listing.of_sorted(iter(entries))
    again = Listing(listing.data, listing.count)
    assert list(listing) == list(again) == entries
    assert list(listing.file_inodes()) == list(again.file_inodes()) == list(range(0, count, 2))
    assert listing == again
    assert hash(listing) == hash(again)
    assert (len(listing), bool(listing)) == (count, count > 0)
    assert listing != Listing.of([*entries, Entry(b"x", b"f", 1, 1, 1, 1)])
    assert listing != entries
