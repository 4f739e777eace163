"""What happens to what stands where a job's file has to go."""

from functools import partial
from itertools import islice

import pytest

from qq.core.listing import Entry
from qq.core.placing import Action, arrived, aside_names, of_same_content, only_ctime_moved, placing, times_agree
from qq.core.replacing import replace

S = 1_000_000_000
MINE = Entry(b"x", b"f", 10, 1, 5 * S + 7, 6 * S)
STAGED = Entry(b"x", b"f", 4, 2, 2 * S + 3, 3 * S)
SYNCED = Entry(b"x", b"f", 8, 3, 4 * S, 4 * S)
THEIRS = Entry(b"x", b"f", 9, 4, 9 * S, 9 * S)
DIRECTORY = Entry(b"x", b"d", 0, 5, S, S)
LINK = Entry(b"x", b"l", 0, 6, S, S, b"there")


@pytest.mark.parametrize(
    ("there", "mine", "expected"),
    [
        (None, MINE, Action.PUT),
        (None, DIRECTORY, Action.PUT),
        (replace(MINE, inode=9, ctime=0), MINE, Action.DONE),
        (STAGED, MINE, Action.REPLACE),
        (replace(STAGED, inode=77), MINE, Action.REPLACE),
        (replace(STAGED, ctime=8 * S), MINE, Action.ASIDE),
        (replace(STAGED, mtime=8 * S), MINE, Action.ASIDE),
        (SYNCED, MINE, Action.REPLACE),
        (THEIRS, MINE, Action.ASIDE),
        (LINK, MINE, Action.ASIDE),
        (LINK, replace(LINK, inode=8), Action.DONE),
        (LINK, replace(LINK, target=b"elsewhere"), Action.ASIDE),
        (STAGED, DIRECTORY, Action.REPLACE),
        (THEIRS, DIRECTORY, Action.ASIDE),
        (DIRECTORY, DIRECTORY, Action.MERGE),
        (DIRECTORY, MINE, Action.TAKEN),
        (DIRECTORY, LINK, Action.TAKEN),
        (LINK, DIRECTORY, Action.TAKEN),
    ],
)
def test_the_rule(there: Entry | None, mine: Entry, expected: Action) -> None:
    assert placing(there, mine, STAGED, [SYNCED]) is expected


def test_what_the_job_did_not_begin_with_is_set_aside() -> None:
    assert placing(STAGED, MINE) is Action.ASIDE
    assert placing(LINK, MINE, STAGED) is Action.ASIDE


def test_a_link_that_nobody_touched_gives_way_to_a_directory() -> None:
    assert placing(LINK, DIRECTORY, LINK) is Action.REPLACE
    assert placing(replace(LINK, ctime=8 * S), DIRECTORY, LINK) is Action.TAKEN
    assert placing(LINK, DIRECTORY, LINK, keep=True) is Action.TAKEN


@pytest.mark.parametrize(
    ("there", "several", "other_mode", "expected"),
    [
        (STAGED, False, False, Action.DONE),
        (STAGED, False, True, Action.REPLACE),
        (SYNCED, False, True, Action.REPLACE),
        (THEIRS, False, True, Action.DONE),
        (THEIRS, True, False, Action.REPLACE),
    ],
)
def test_a_chmod_alone_replaces_what_is_nobodys_edit(
    there: Entry, several: bool, other_mode: bool, expected: Action
) -> None:
    asked = partial(of_same_content, there, STAGED, [SYNCED], several=several, other_mode=other_mode)
    assert asked(always=False) is expected
    assert asked(always=True) is (Action.REPLACE_IF_OURS if expected is Action.REPLACE else expected)


def test_output_files_are_replaced_while_the_record_is_ours() -> None:
    assert placing(THEIRS, MINE, always=True) is Action.REPLACE_IF_OURS
    assert placing(STAGED, MINE, STAGED, always=True) is Action.REPLACE_IF_OURS
    assert placing(DIRECTORY, MINE, always=True) is Action.TAKEN


def test_an_unchanged_file_gives_way_to_a_different_one() -> None:
    assert placing(THEIRS, MINE, keep=True) is Action.KEEP_THEIRS
    assert placing(MINE, MINE, keep=True) is Action.DONE
    assert placing(None, MINE, keep=True) is Action.PUT


def test_a_digest_tells_a_write_that_moved_no_time() -> None:
    staged = replace(STAGED, digest=b"1")
    assert placing(replace(staged, digest=b"2"), MINE, staged) is Action.ASIDE
    assert placing(staged, MINE, staged) is Action.REPLACE


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (MINE, True),
        (replace(MINE, mtime=5 * S), True),
        (replace(MINE, mtime=5 * S + 8), False),
        (replace(MINE, size=11), False),
        (replace(MINE, kind=b"p"), False),
    ],
)
def test_arrived_is_kind_size_and_time_as_far_as_it_is_kept(there: Entry, expected: bool) -> None:
    assert arrived(MINE, there) is expected


def test_a_fifo_has_arrived_when_one_stands_there() -> None:
    assert arrived(replace(MINE, kind=b"p"), replace(MINE, kind=b"p", mtime=0))


def test_times_agree_when_one_side_keeps_whole_seconds_only() -> None:
    assert times_agree(5 * S + 1, 5 * S)
    assert times_agree(5 * S, 5 * S + 1)
    assert not times_agree(5 * S + 1, 5 * S + 2)
    assert not times_agree(5 * S, 6 * S)


def test_names_to_set_aside_are_numbered() -> None:
    names = list(islice(aside_names(b"data.txt", b"run+0001-17.local"), 3))
    assert names == [
        b"data.txt.before-run+0001-17.local",
        b"data.txt.before-run+0001-17.local.2",
        b"data.txt.before-run+0001-17.local.3",
    ]


@pytest.mark.parametrize("name", [b"x" * 255, "é".encode() * 127, b"\xff" * 255])
@pytest.mark.parametrize("aside", [b"run-1.local", b"j" * 250 + b"-1.local"])
def test_names_to_set_aside_fit(name: bytes, aside: bytes) -> None:
    names = list(islice(aside_names(name, aside), 12))
    assert len(set(names)) == 12
    assert all(len(each) <= 255 and b".before-" in each for each in names)
    if name[:1] == b"\xc3":
        assert all(each.decode() for each in names)


def test_long_job_names_are_told_apart() -> None:
    first, second = (next(aside_names(b"f", b"j" * 250 + tail)) for tail in (b"-1.local", b"-2.local"))
    assert first != second


@pytest.mark.parametrize(
    ("there", "moved"),
    [
        (STAGED, False),
        (replace(STAGED, ctime=8 * S), True),
        (replace(STAGED, ctime=8 * S, mtime=8 * S), False),
        (replace(STAGED, ctime=8 * S, size=5), False),
        (replace(STAGED, ctime=8 * S, inode=77), False),
        (replace(STAGED, ctime=8 * S, kind=b"l"), False),
    ],
)
def test_only_the_ctime_moves_when_another_name_goes(there: Entry, moved: bool) -> None:
    assert only_ctime_moved(there, STAGED) is moved
