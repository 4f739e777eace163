"""Whether all that was copied to another host has arrived: what looks at both ends prove."""

import pytest
from pyrsistent import pvector

from qq.core.arrival import Arrival, arrival, innermost, looks, not_the_same
from qq.core.effects import List, Location, Names, VerifyCopy
from qq.core.listing import Entry, Listing
from qq.core.replacing import replace
from qq.core.result import Success, failed
from qq.core.troubles import Reason

SECOND = 1_000_000_000
SRC, DST = Location("/w"), Location("/h/.qq-t", "n1")


def entry(path: str, kind: bytes = b"f", **changes: int | bytes) -> Entry:
    plain = Entry(path.encode(), kind, 3 if kind == b"f" else 0, 1, 5 * SECOND + 7, 9 * SECOND)
    return replace(plain, **changes)  # type: ignore[arg-type]


DIRECTORY, FILE, LINK = entry("d", b"d"), entry("d/f"), entry("l", b"l", target=b"x")
SOCKET = entry("s", b"s")
ALL = Listing.of([DIRECTORY, FILE, LINK, SOCKET])
EFFECT = VerifyCopy(SRC, DST, ALL)


def there(*entries: Entry) -> Listing:
    """As the target has them: other inodes and ctimes."""
    return Listing.of(replace(e, inode=77, ctime=e.ctime + 1) for e in entries)


def test_what_is_looked_at_is_what_nothing_else_lies_in() -> None:
    assert innermost(ALL) == pvector([b"d/f", b"l", b"s"])
    on_disk, at_dst, at_src = looks(EFFECT)
    assert on_disk == VerifyCopy(DST, DST, Listing.of([DIRECTORY]))
    assert (at_dst, at_src) == (List(DST, only=Names(innermost(ALL))), List(SRC, only=Names(innermost(ALL))))


def test_sockets_alone_need_no_disk() -> None:
    assert looks(VerifyCopy(SRC, DST, Listing.of([SOCKET])))[0] is None


def test_all_that_arrived_is_proved_as_it_was_before_the_copy() -> None:
    assert arrival(EFFECT, Listing.of([FILE, LINK, SOCKET]), there(FILE, LINK)) == Success(Arrival(ALL, Listing()))


def test_a_target_that_keeps_whole_seconds_will_do() -> None:
    whole = replace(FILE, mtime=5 * SECOND)
    assert isinstance(arrival(EFFECT, ALL, there(DIRECTORY, whole, LINK)), Success)


@pytest.mark.parametrize(
    ("at_src", "at_dst", "words"),
    [
        ([LINK, SOCKET], [FILE, LINK], "/w/d went away meanwhile"),
        ([DIRECTORY, LINK, SOCKET], [FILE, LINK], "/w/d/f went away meanwhile"),
        ([FILE, LINK, SOCKET], [LINK], "n1:/h/.qq-t/d did not arrive"),
        ([FILE, LINK, SOCKET], [DIRECTORY, LINK], "n1:/h/.qq-t/d/f did not arrive"),
        ([replace(FILE, size=4), LINK, SOCKET], [FILE, LINK], "/w/d/f was changed meanwhile"),
        ([replace(FILE, mtime=4), LINK, SOCKET], [FILE, LINK], "/w/d/f was changed meanwhile"),
        ([replace(FILE, inode=4), LINK, SOCKET], [FILE, LINK], "/w/d/f was changed meanwhile"),
        ([entry("d"), LINK, SOCKET], [FILE, LINK], "/w/d was changed meanwhile"),
        ([FILE, LINK, SOCKET], [replace(FILE, size=2), LINK], "n1:/h/.qq-t/d/f is not what was copied there"),
        ([FILE, LINK, SOCKET], [replace(FILE, mtime=0), LINK], "n1:/h/.qq-t/d/f is not what was copied there"),
        ([FILE, LINK, SOCKET], [FILE, replace(LINK, target=b"y")], "n1:/h/.qq-t/l is not what was copied there"),
    ],
)
def test_what_did_not_arrive_or_changed_is_named(at_src: list[Entry], at_dst: list[Entry], words: str) -> None:
    trouble = failed(arrival(EFFECT, Listing.of(at_src), there(*at_dst)))
    assert trouble is not None
    assert (trouble.reason, trouble.words, trouble.transient) == (Reason.NOT_VERIFIED, words, True)


def test_a_ctime_that_moved_alone_makes_a_files_content_count() -> None:
    moved, relinked = replace(FILE, ctime=99 * SECOND), replace(LINK, ctime=99 * SECOND)
    found = arrival(EFFECT, Listing.of([moved, relinked, SOCKET]), there(FILE, LINK)).unwrap()
    assert found.proof == Listing.of([DIRECTORY, moved, relinked, SOCKET])
    assert found.unsure == Listing.of([moved])
    assert "/w/d/f" in not_the_same(EFFECT, found.unsure).words
