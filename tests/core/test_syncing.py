"""`qq sync`: what is fetched, in which order, and that nothing is lost, overwritten or deleted."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrsistent import pvector

from qq.core import syncing
from qq.core.effects import ClearTemporary, Copy, List, Location, NoteSynced, Place, ReadMark, VerifyCopy
from qq.core.lifecycle.sorting import PORTION_FILES
from qq.core.listing import Entry, Listing
from qq.core.moments import Mark
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import failed
from qq.core.rsync import WORKSHOP
from qq.core.states import RecordState
from qq.core.syncing import Found
from qq.core.troubles import Reason, Trouble
from tests.core.jobs import a_job, a_loop_job

JOB = a_job(state=RecordState.RUNNING, work_dir="/scratch/1", main_node="node", included=pvector(["/data/big"]))
AT = syncing.ends(JOB, record_at=Location("/home/ada/job/run.qqinfo"), work_host="node")


def entry(path: str, time: int = 1, *, kind: bytes = b"f", size: int = 10, inode: int = 0) -> Entry:
    number = inode or sum(path.encode()) * 7 + len(path)
    return Entry(path.encode(), kind, size if kind == b"f" else 0, number, time, time)


def listing(*entries: Entry) -> Listing:
    return Listing.of(entries)


def names(entries: Iterable[Entry]) -> list[str]:
    return [each.path.decode() for each in entries]


NOTHING = Listing()


def mark(work: Listing | None, home: Listing | None = None, synced: Listing = NOTHING, token: str = "t0") -> Mark:
    return Mark(token, 1, "1.local", None, work, home, None, synced, proved=False)


def fetched(seen: Found, files: list[str] | None = None, job: JobInfo = JOB) -> list[str]:
    return names(syncing.wanted(job, seen, files).entries)


def test_both_ends_and_the_mark_are_looked_at_but_not_the_archive() -> None:
    work, seen_mark, home = syncing.look(a_loop_job(work_dir="/scratch/1"), AT)
    assert work == List(Location("/scratch/1", "node"))
    assert seen_mark == ReadMark(Location("/scratch/1.qqmark", "node"), "/scratch/1")
    assert home == List(Location("/home/ada/job"), without=(b"storage",))
    assert syncing.look(JOB, AT)[2] == List(Location("/home/ada/job"))


def test_what_the_job_made_or_changed_is_fetched_and_the_rest_is_not() -> None:
    began = listing(entry("in"), entry("model", 1))
    seen = Found(
        work=listing(entry("in"), entry("model", 5), entry("new", 5), entry("d", kind=b"d"), entry("d/deep", 5)),
        home=began,
        mark=mark(began, began),
    )
    assert fetched(seen) == ["d", "d/deep", "model", "new"]


def test_an_input_that_was_edited_at_home_is_not_fetched_over_the_edit() -> None:
    began = listing(entry("in"))
    assert fetched(Found(work=began, home=listing(entry("in", 9)), mark=mark(began, began))) == []


def test_an_input_that_was_deleted_at_home_comes_back() -> None:
    began = listing(entry("in"))
    assert fetched(Found(work=began, home=Listing(), mark=mark(began, began))) == ["in"]


def test_a_checkpoint_that_came_from_the_archive_does_not_come_home_untouched() -> None:
    began = listing(entry("job0001.cpt"))
    assert fetched(Found(work=began, home=Listing(), mark=mark(began, Listing()))) == []


def test_what_is_at_home_already_is_not_fetched_again() -> None:
    seen = Found(work=listing(entry("a", 5), entry("b", 6)), home=listing(entry("a", 5), entry("b", 5)), mark=None)
    assert fetched(seen) == ["b"]
    assert syncing.wanted(JOB, seen).at_home == 1


def test_a_mode_that_alone_was_changed_is_fetched_once() -> None:
    began = listing(entry("in"), entry("tool"))
    seen = Found(work=listing(entry("in"), replace(entry("tool"), ctime=5)), home=began, mark=mark(began, began))
    assert fetched(seen) == fetched(seen, ["."]) == ["tool"]
    assert fetched(replace(seen, mark=mark(began, began, listing(entry("tool"))))) == []


def test_without_a_list_everything_counts_as_changed() -> None:
    work = listing(entry("a"), entry("b"))
    assert fetched(Found(work=work, home=Listing(), mark=None)) == ["a", "b"]
    assert fetched(Found(work=work, home=Listing(), mark=mark(None))) == ["a", "b"]


def test_included_paths_and_runtime_files_stay_unless_named() -> None:
    work = listing(entry("big", kind=b"d"), entry("big/x"), entry("run.qqinfo"), entry("run.qqout"), entry("run.out"))
    seen = Found(work=work, home=Listing(), mark=None)
    assert fetched(seen) == ["run.out"]
    assert fetched(seen, ["big"]) == ["big", "big/x"]
    assert fetched(seen, ["run.qqinfo", "."]) == ["big", "big/x", "run.out"]


def test_named_files_come_with_the_directories_they_lie_in() -> None:
    work = listing(entry("a", kind=b"d"), entry("a/b", kind=b"d"), entry("a/b/c"), entry("a/b/d"), entry("a/x"))
    seen = Found(work=work, home=Listing(), mark=None)
    assert fetched(seen, ["a/b/c"]) == ["a", "a/b", "a/b/c"]
    assert fetched(seen, ["./a//b/"]) == ["a", "a/b", "a/b/c", "a/b/d"]
    assert fetched(seen, ["/scratch/1/a/x"]) == ["a", "a/x"]


def test_missing_files_are_named_and_do_not_stop_the_rest() -> None:
    seen = Found(work=listing(entry("a")), home=Listing(), mark=None)
    wanted = syncing.wanted(JOB, seen, ["nope", "a", "../other", "/etc/passwd"])
    assert names(wanted.entries) == ["a"]
    assert list(wanted.missing) == ["nope", "../other", "/etc/passwd"]
    everything = syncing.wanted(JOB, seen, [".", "../x"])
    assert (names(everything.entries), list(everything.missing)) == (["a"], ["../x"])


def test_a_named_file_that_the_job_did_not_change_comes_if_home_has_another_one() -> None:
    began = listing(entry("in"))
    staged = mark(began, listing(entry("in", 1)))
    assert fetched(Found(work=began, home=listing(entry("in", 1)), mark=staged), ["in"]) == []
    assert fetched(Found(work=began, home=listing(entry("in", 9)), mark=staged), ["in"]) == ["in"]


def test_a_home_that_keeps_whole_seconds_holds_the_unchanged_file_too() -> None:
    began, home = listing(entry("in", 1_500_000_000)), listing(entry("in", 1_000_000_000))
    assert fetched(Found(work=began, home=home, mark=mark(began, home)), ["in"]) == []


@pytest.mark.parametrize(
    ("job", "work", "seen_mark", "home", "reason"),
    [
        (JOB, None, None, Listing(), Reason.WORK_DIR_GONE),
        (JOB, Listing(), None, None, Reason.INPUT_DIR_GONE),
        (JOB, Listing(), mark(None, token="t1"), Listing(), Reason.CONTRADICTION),
        (a_job(work_dir="/scratch/1"), Listing(), mark(None), Listing(), Reason.NOT_STARTED),
        (a_job(work_dir="/scratch/1"), Listing(), None, Listing(), Reason.NOT_STARTED),
    ],
)
def test_when_there_is_nothing_to_fetch(
    job: JobInfo, work: Listing | None, seen_mark: Mark | None, home: Listing | None, reason: Reason
) -> None:
    trouble = failed(syncing.found(job, work, seen_mark, home))
    assert trouble is not None
    assert trouble.reason is reason
    assert trouble.words


def test_what_was_seen_is_used() -> None:
    seen_mark = mark(Listing())
    found = syncing.found(JOB, Listing(), seen_mark, Listing())
    assert found.unwrap() == Found(work=Listing(), home=Listing(), mark=seen_mark)


def test_output_files_travel_first_and_alone() -> None:
    entries = listing(entry("a"), entry("run.err"), entry("run.out"), entry("z"))
    assert [names(part) for part in syncing.parts(entries, AT)] == [["run.err"], ["run.out"], ["a", "z"]]


def test_large_amounts_travel_in_portions() -> None:
    entries = listing(*(entry(f"f{number:05}", inode=number + 1) for number in range(PORTION_FILES + 1)))
    parts = syncing.parts(entries, AT)
    assert len(parts) > 1
    assert [path for part in parts for path in names(part)] == names(entries)


def test_a_portion_is_verified_before_it_is_noted_and_noted_before_it_is_placed() -> None:
    part, standing = listing(entry("a")), listing(entry("a", 3))
    synced, home = listing(entry("s")), listing(entry("h"))
    clear, copy, verify, look = syncing.fetch(AT, part)
    assert clear == ClearTemporary(AT.temporary, but=(WORKSHOP,))
    assert copy == Copy(AT.work, AT.temporary, part)
    assert verify == VerifyCopy(AT.work, AT.temporary, part)
    assert look == List(AT.temporary)
    seen = Found(work=part, home=home, mark=mark(part, home, synced))
    note, place = syncing.deliver(AT, part, standing, seen)
    assert note == NoteSynced(AT.mark, standing)
    assert isinstance(place, Place)
    assert (place.before, place.synced, place.always) == (home, synced, frozenset({b"run.out", b"run.err"}))
    assert (place.staging.path, place.dst.path) == ("/home/ada/job/.qq-t0-sync", "/home/ada/job")
    assert (place.guard.token, place.guard.attempt, place.aside) == ("t0", 1, "run.sh-1.local")


def test_what_a_lost_host_had_sent_of_a_file_is_kept_for_the_next_try() -> None:
    lost, other = Trouble(Reason.HOST_UNREACHABLE, "gone", transient=True), Trouble(Reason.INTERRUPTED, "ctrl-c")
    keeping, all_of_it = ClearTemporary(AT.temporary, but=(WORKSHOP,)), ClearTemporary(AT.temporary)
    assert [syncing.tidy(AT, why) for why in (lost, other, None)] == [keeping, all_of_it, all_of_it]
    near = syncing.ends(JOB, record_at=Location("/home/ada/job/run.qqinfo"), work_host=None)
    assert syncing.tidy(near, lost) == syncing.fetch(near, listing(entry("a")))[0] == all_of_it


def test_without_a_mark_nothing_can_be_noted_and_every_difference_is_the_users() -> None:
    (place,) = syncing.deliver(AT, listing(entry("a")), Listing(), Found(work=Listing(), home=Listing(), mark=None))
    assert isinstance(place, Place)
    assert (place.before, place.synced) == (Listing(), Listing())


def test_what_was_listed_right_now_is_copied_as_it_was_but_not_after_a_failure() -> None:
    assert syncing.is_fresh(5.0, 5.0 + syncing.FRESH / 2)
    assert not syncing.is_fresh(5.0, 5.0 + syncing.FRESH)
    assert not syncing.is_fresh(None, 5.0)


def test_a_portion_is_looked_at_again_right_before_it_is_copied() -> None:
    part = listing(entry("d", kind=b"d"), entry("d/a"), entry("d/b"))
    look = syncing.look_again(AT, part)
    assert look.only is not None
    assert set(getattr(look.only, "paths", ())) == {b"d/a", b"d/b"}
    assert names(syncing.refreshed(part, listing(entry("d/a", 9)))) == ["d", "d/a"]


def test_a_portion_that_fails_is_halved_until_the_culprit_is_found() -> None:
    part = listing(entry("d", kind=b"d"), entry("d/a"), entry("d/b"), entry("e"))
    assert [names(half) for half in syncing.halves(part)] == [["d", "d/a"], ["d", "d/b", "e"]]
    assert not syncing.halves(listing(entry("d", kind=b"d"), entry("d/a")))
    assert not syncing.halves(listing(entry("d", kind=b"d")))
    both = syncing.halves(listing(entry("d", kind=b"d"), entry("e", kind=b"d")))
    assert [names(half) for half in both] == [["d"], ["e"]]


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (None, "another job's"),
        (a_job(token="t1"), "another job's"),
        (a_job(attempt=2), "anew"),
        (a_job(work_dir="/scratch/1", script_exit_code=0), "by themselves"),
        (a_job(work_dir="/scratch/1", delivered=JOB.submission_time), "by themselves"),
    ],
)
def test_a_sync_stops_when_the_job_is_no_longer_the_one_it_began_with(now: JobInfo | None, words: str) -> None:
    trouble = syncing.stopped(JOB, now)
    assert trouble is not None
    assert words in trouble.words


def test_a_sync_goes_on_while_the_job_does() -> None:
    assert syncing.stopped(JOB, JOB) is None
    ended = a_job(work_dir="/scratch/1", script_exit_code=0, state=RecordState.KILLED)
    assert syncing.stopped(ended, ended) is None


# --- laws -------------------------------------------------------------------------------------------------------------

paths = st.sampled_from(["a", "b", "d/a", "d/b", "run.out"])
states = st.dictionaries(paths, st.integers(1, 3))


def tree(files: dict[str, int]) -> Listing:
    directories = [entry("d", kind=b"d")] if any(path.startswith("d/") for path in files) else []
    return listing(*directories, *(entry(path, time) for path, time in files.items()))


@given(states, states, states, st.booleans())
def test_everything_that_is_at_work_is_at_home_untouched_or_fetched(
    began: dict[str, int], work: dict[str, int], home: dict[str, int], listed: bool
) -> None:
    seen = Found(work=tree(work), home=tree(home), mark=mark(tree(began), tree(began)) if listed else None)
    got = set(fetched(seen))
    for path, time in work.items():
        at_home = home.get(path) == time
        untouched = listed and began.get(path) == time and path in home
        assert (path in got) is not (at_home or untouched)


@given(states, states)
def test_a_second_sync_has_nothing_to_do(work: dict[str, int], home: dict[str, int]) -> None:
    seen = Found(work=tree(work), home=tree(home), mark=None)
    wanted = syncing.wanted(JOB, seen).entries
    arrived = Found(
        work=tree(work), home=tree(home | {path: work[path] for path in names(wanted) if path in work}), mark=None
    )
    assert fetched(arrived) == []


@given(states)
def test_portions_carry_each_file_exactly_once(work: dict[str, int]) -> None:
    wanted = syncing.wanted(JOB, Found(work=tree(work), home=Listing(), mark=None)).entries
    carried = [path for part in syncing.parts(wanted, AT) for path in names(part) if path != "d"]
    assert sorted(carried) == sorted(work)


@given(st.dictionaries(paths, st.integers(1, 3), min_size=2))
def test_halves_lose_nothing(work: dict[str, int]) -> None:
    halves = syncing.halves(tree(work))
    assert sorted(path for half in halves for path in names(half) if path != "d") == sorted(work)


@pytest.mark.parametrize(
    ("before", "after", "there", "size"),
    [
        (entry("log", size=10), entry("log", 2, size=30), entry("log", size=20), 20),
        (entry("log", size=10), entry("log", size=10), entry("log", size=10), 10),
        (entry("log", size=10), entry("log", 2, size=10), entry("log", size=10), None),  # rewritten
        (entry("log", size=30), entry("log", 2, size=10), entry("log", size=10), None),
        (entry("log", size=10), entry("log", 2, size=30, inode=9), entry("log", size=10), None),  # another file by now
        (entry("log", size=10), entry("log", 2, size=30), entry("log", size=5), None),
        (entry("log", size=10), None, entry("log", size=10), None),
        (None, entry("log"), entry("log"), None),
        (entry("log", size=10), entry("log", 2, size=30), None, None),
    ],
)
def test_what_has_arrived_of_a_file_that_grows_is_its_beginning(
    before: Entry | None, after: Entry | None, there: Entry | None, size: int | None
) -> None:
    seen = [Listing() if each is None else listing(entry("other"), each) for each in (before, after, there)]
    assert syncing.beginning(b"log", *seen) == size
