"""What each effect does to the model world."""

from typing import get_args

import pytest
from pyrsistent import pmap, pvector

from qq.core import effects as e
from qq.core import moments as m
from qq.core.listing import Listing
from qq.core.moments import Ok
from qq.core.replacing import replace
from qq.core.simulate.batch import evidence
from qq.core.simulate.draft import Draft
from qq.core.simulate.perform import PERFORMERS, Performed, Stopped, perform
from qq.core.simulate.records import Refusal, record_in
from qq.core.simulate.tree import File, Node
from qq.core.simulate.world import SECOND, Answering, Batch, Script, World
from qq.core.states import BatchState
from qq.core.troubles import Reason, Trouble
from tests.core.jobs import PLAIN
from tests.core.simulate.worlds import (
    HOME,
    at,
    done,
    entry,
    full,
    listed,
    node,
    with_directory,
    with_file,
    with_node,
    world,
)

TEMPORARY = f"{HOME}/.qq-t0"
JOB = replace(PLAIN, input_dir=HOME, input_machine="desk")
INFO = at("run.qqinfo")


def reason(performed: Performed) -> Reason:
    assert isinstance(performed.outcome, Trouble)
    return performed.outcome.reason


def version(made: World) -> e.Version:
    written = perform(made, e.WriteRecord(INFO, JOB, e.Version("", 0, ""))).outcome
    assert isinstance(written, m.Written)
    return written.version


def guard() -> e.Guard:
    return e.Guard(INFO, "t0", 1)


def place(made: World, entries: Listing, **more: object) -> e.Place:
    plain = e.Place(at(TEMPORARY), at(""), entries, Listing(), Listing(), "run.sh-1.local", guard())
    return replace(plain, **more)  # type: ignore[arg-type]


# --- records ---


def test_a_record_is_written_if_it_still_is_what_was_read() -> None:
    made = done(world(x=1), e.CreateRecord(INFO, JOB)).world
    old = version(made)
    other = replace(JOB, queue="other")
    assert isinstance(done(made, e.WriteRecord(INFO, other, old)).outcome, m.Written)
    refused = done(made, e.WriteRecord(INFO, other, replace(old, digest="no"))).outcome
    assert refused == Refusal(JOB, old)


def test_the_same_record_twice_is_once() -> None:
    made = done(world(x=1), e.CreateRecord(INFO, JOB)).world
    again = done(made, e.CreateRecord(INFO, JOB))
    assert again.outcome == m.Written(version(made))
    assert again.world is made
    assert done(made, e.CreateRecord(INFO, replace(JOB, queue="x"))).outcome == Refusal(JOB, version(made))


def test_a_record_that_is_none_is_refused() -> None:
    made = with_file(world(), f"{HOME}/run.qqinfo", 1, "scribble")
    assert done(made, e.CreateRecord(INFO, JOB)).outcome == Refusal(None, None)
    assert done(made, e.WriteRecord(INFO, JOB, e.Version("t0", 1, ""))).outcome == Refusal(None, None)


def test_an_input_directory_that_is_gone_is_trouble() -> None:
    assert reason(done(world(), e.CreateRecord(INFO, JOB))) is Reason.INPUT_DIR_GONE


def test_a_record_is_withdrawn_only_while_nobody_claimed_it() -> None:
    free = replace(JOB, job_id=None)
    withdraw = e.WithdrawRecord(INFO, "t0")
    gone = done(world(x=1), e.CreateRecord(INFO, free), withdraw, withdraw)
    assert node(gone.world, "run.qqinfo") is None
    assert node(done(world(x=1), e.CreateRecord(INFO, JOB), withdraw).world, "run.qqinfo") is not None


def test_the_first_record_of_several_places_is_found() -> None:
    made = done(world(x=1), e.CreateRecord(INFO, JOB)).world
    found = done(made, e.ReadRecord(pvector([at("no"), INFO]))).outcome
    assert isinstance(found, m.RecordFound)
    assert (found.job, found.place, found.version and found.version.token) == (JOB, 1, JOB.token)
    assert done(made, e.ReadRecord(pvector([at("no")]))).outcome == m.RecordFound(None)


# --- looking and making ---


def test_a_host_that_can_not_be_reached_is_trouble() -> None:
    made = world(x=1)
    lost = replace(made, hosts={**made.hosts, "node": replace(made.hosts["node"], reachable=False)})
    assert reason(done(lost, e.List(at("", "node")))) is Reason.HOST_UNREACHABLE
    assert reason(done(made, e.List(at("", "nowhere")))) is Reason.HOST_UNREACHABLE
    assert reason(done(made, e.List(at("", "node")))) is Reason.NO_SUCH_FILE
    assert done(made, e.List(e.Location("/scratch", "node"))).outcome == m.Listed(Listing())


def test_a_listing_leaves_out_what_it_is_told_to_and_temporary_names() -> None:
    made = with_file(world(a=1, d__b=2, d__c=3), f"{TEMPORARY}/x")
    assert [x.path for x in listed(made, "")] == [b"a", b"d", b"d/b", b"d/c"]
    outcome = done(made, e.List(at(""), pvector([b"a", b"d/b"]))).outcome
    assert isinstance(outcome, m.Listed)
    assert [x.path for x in outcome.listing or ()] == [b"d", b"d/c"]
    named = done(made, e.List(at(""), pvector([b"d/b"]), e.Names(pvector([b"d", b"no", b"a"])))).outcome
    assert isinstance(named, m.Listed)
    assert [x.path for x in named.listing or ()] == [b"a", b"d", b"d/c"]


@pytest.mark.parametrize("only", [None, e.Names(pvector([b"a"])), e.ArchiveQuestion("job%04d", pvector([1]))])
def test_a_directory_that_is_not_there_lists_as_none(only: e.ArchiveQuestion | e.Names | None) -> None:
    assert done(world(), e.List(at("no"), only=only)).outcome == m.Listed(None)


@pytest.mark.parametrize("archive_format", ["job%04d", "md2%d", "%d"])
def test_a_cycle_is_found_in_a_big_archive_as_in_a_small_one(archive_format: str) -> None:
    made = world()
    for number in range(300):
        made = with_file(made, f"{HOME}/s/{archive_format % number}.x")
    made = with_directory(made, f"{HOME}/s/{archive_format % 7}")
    for _ in range(2):
        outcome = done(made, e.List(at("s"), only=e.ArchiveQuestion(archive_format, pvector([7, 299, 1000])))).outcome
        assert isinstance(outcome, m.Listed)
        names = {x.path.decode() for x in outcome.listing or ()}
        assert names == {f"{archive_format % 7}.x", f"{archive_format % 299}.x", archive_format % 7}
        made = with_file(made, f"{HOME}/s/other")
    late = done(with_file(made, f"{HOME}/s/{archive_format % 1000}.y"), e.Create(at("s/z"))).world
    outcome = done(late, e.List(at("s"), only=e.ArchiveQuestion(archive_format, pvector([1000])))).outcome
    assert isinstance(outcome, m.Listed)
    assert [x.path.decode() for x in outcome.listing or ()] == [f"{archive_format % 1000}.y"]


def test_a_fresh_directory_must_be_empty() -> None:
    made = world(x=1)
    assert done(made, e.MakeDir(at("a/b"), fresh=True), e.MakeDir(at("a/b"), fresh=True)).outcome == Ok()
    assert reason(done(made, e.MakeDir(at(""), fresh=True))) is Reason.PLACE_TAKEN
    assert reason(done(made, e.MakeDir(at("x")))) is Reason.PLACE_TAKEN


def test_what_is_created_replaces_nothing() -> None:
    made = world(x=5)
    assert done(made, e.Create(at("x"))).world is made
    assert node(done(made, e.Create(at("y"))).world, "y") is not None


def test_runtime_files_take_the_first_name_that_is_free() -> None:
    made = world(run__out=1, a=1, s__b=2)
    move = e.MoveRuntime(at(""), pvector([("a", pvector(["s/b", "s/c"])), ("gone", pvector(["s/d"]))]))
    moved = done(made, move, move).world
    assert (node(moved, "a"), node(moved, "s/c") is not None) == (None, True)
    taken = e.MoveRuntime(at(""), pvector([("a", pvector(["s/b"]))]))
    assert reason(done(made, taken)) is Reason.PLACE_TAKEN


# --- copying ---


def _names(made: World, path: str) -> list[bytes]:
    directory = node(made, path)
    assert directory is not None and directory.below is not None
    return [name for name, _ in directory.below.items()]


def test_a_copy_that_stops_in_the_middle_leaves_what_is_whole() -> None:
    made = world(a=8, d__b=8)
    copy = e.Copy(at(""), at(TEMPORARY), listed(made, ""))
    steps = perform(made, copy).steps
    assert steps == 6  # directory; a in two steps; d; d/b in two
    for limit in range(1, steps + 1):
        cut = perform(made, copy, limit)
        assert isinstance(cut.outcome, Stopped)
        found = {x.path.rstrip(b"0123456789") for x in listed(cut.world, TEMPORARY)}
        assert found <= {b"a", b"d", b"d/b", b"d/.qq-part"}
        assert perform(cut.world, copy).outcome == Ok()
    halves = {tidy: _names(perform(made, copy, 2, tidy=tidy).world, TEMPORARY) for tidy in (False, True)}
    assert [name.startswith(b".qq-part") for name in halves[False]] == [True]
    assert halves[True] == []


def test_a_source_that_vanished_is_a_failure_unless_told_otherwise() -> None:
    made = world(a=1)
    entries = Listing.of([entry("no")])
    assert reason(done(made, e.Copy(at(""), at(TEMPORARY), entries))) is Reason.NO_SUCH_FILE
    assert done(made, e.Copy(at(""), at(TEMPORARY), entries, vanished_ok=True)).outcome == Ok()
    assert reason(done(world(), e.Copy(at(""), at("deep/er"), entries))) is Reason.NO_SUCH_FILE


def test_a_full_disk_takes_no_bytes() -> None:
    made = full(world(a=1), "scratch")
    assert reason(done(made, e.Copy(at(""), at("/scratch/w"), listed(made, "")))) is Reason.NO_SPACE
    assert reason(done(full(made, "home"), e.CreateRecord(INFO, JOB))) is Reason.NO_SPACE


def test_a_directory_is_not_overwritten_by_a_file() -> None:
    made = with_directory(world(a=1), f"{TEMPORARY}/a")
    assert reason(done(made, e.Copy(at(""), at(TEMPORARY), listed(made, "", "a")))) is Reason.PLACE_TAKEN


def test_a_copied_directory_has_the_time_of_its_source_whatever_was_put_into_it_since() -> None:
    made = world(d__e__a=8, d__b=8)
    copied = done(made, e.Copy(at(""), at(TEMPORARY), listed(made, ""))).world
    for name in ("d", "d/e"):
        here, there = node(copied, name), node(copied, f"{TEMPORARY}/{name}")
        assert here is not None
        assert there is not None
        assert (there.mtime, there.kind) == (here.mtime, b"d")
        assert there.ctime > here.ctime


def test_links_travel_as_links_and_share_no_bytes() -> None:
    made = with_node(world(a=1), f"{HOME}/l", b"l", b"a")
    copied = done(made, e.Copy(at(""), at(TEMPORARY), listed(made, ""))).world
    there = node(copied, f"{TEMPORARY}/l")
    assert there is not None
    assert (there.kind, there.target) == (b"l", b"a")


def test_within_one_disk_links_will_do() -> None:
    made = world(a=7)
    copied = done(made, e.Copy(at(""), at(TEMPORARY), listed(made, ""), may_link=True)).world
    here, there = node(copied, "a"), node(copied, f"{TEMPORARY}/a")
    assert here is not None
    assert there is not None
    assert here.inode == there.inode
    verified = done(copied, e.VerifyCopy(at(""), at(TEMPORARY), listed(made, ""))).outcome
    assert isinstance(verified, m.Verified)
    assert [x.ctime for x in verified.proof] == [0]
    for target in (TEMPORARY, ""):
        again = done(copied, e.Copy(at(""), at(target), listed(made, ""), may_link=True)).world
        assert (node(again, "a"), node(again, f"{TEMPORARY}/a")) == (here, there)


def test_a_file_that_is_a_link_by_now_gets_its_second_name_but_is_not_copied() -> None:
    made = world(a=0)
    seen = listed(made, "")
    changed = with_node(made, f"{HOME}/a", b"l", b"target")
    copied = done(changed, e.Copy(at(""), at(TEMPORARY), seen, may_link=True)).world
    there = node(copied, f"{TEMPORARY}/a")
    assert there is not None and there.kind == b"l"
    assert reason(done(changed, e.Copy(at(""), at(TEMPORARY), seen))) is Reason.NO_SUCH_FILE


def test_included_paths_come_with_all_below_them_and_a_missing_one_is_named() -> None:
    made = with_file(world(x=1), "/lib/inc/a", 3)
    there = done(made, e.Include(None, pvector(["/lib/inc"]), at("/scratch/w"))).world
    assert node(there, "/scratch/w/inc/a") is not None
    assert reason(done(made, e.Include(None, pvector(["/lib/no"]), at("/scratch/w")))) is Reason.INCLUDED_MISSING


def moved(made: World, old: str, new: str) -> World:
    """Another name in the working directory."""
    return done(made, e.MoveRuntime(at("/scratch/w"), pvector([(old, pvector([new]))]))).world


def test_parts_of_a_second_do_not_tell_a_copy_from_what_was_sent() -> None:
    made = done(world(x=1), e.CreateRecord(INFO, JOB)).world
    found = record_in(made, INFO)
    assert found is not None
    copied = done(made, e.Copy(at(""), at("/scratch/w"), listed(made, ""))).world
    again = done(copied, e.WriteRecord(INFO, replace(JOB, queue="other"), found[1])).world
    entries = listed(again, "")
    assert done(again, e.VerifyCopy(at(""), at("/scratch/w"), entries)).outcome == m.Verified(entries)
    late = done(
        replace(copied, now=copied.now + SECOND), e.WriteRecord(INFO, replace(JOB, queue="other"), found[1])
    ).world
    assert reason(done(late, e.VerifyCopy(at(""), at("/scratch/w"), listed(late, "")))) is Reason.NOT_VERIFIED


def test_only_what_arrived_is_proved() -> None:
    made = world(a=1, d__b=2)
    entries = listed(made, "")
    copied = done(made, e.Copy(at(""), at("/scratch/w"), entries)).world
    verify = e.VerifyCopy(at(""), at("/scratch/w"), entries)
    assert done(copied, verify).outcome == m.Verified(entries)
    assert done(copied, replace(verify, entries=Listing())).outcome == m.Verified(Listing())
    broken = [
        with_file(copied, f"{HOME}/a", 9),  # changed at the source
        with_file(copied, "/scratch/w/a", 9),  # something else at the target
        done(copied, e.MoveRuntime(at(""), pvector([("a", pvector(["b"]))]))).world,  # gone at the source
        moved(copied, "a", "b"),  # gone at the target
        with_node(
            done(copied, e.MoveRuntime(at("/scratch/w"), pvector([("d", pvector(["e"]))]))).world, "/scratch/w/d", b"l"
        ),
    ]
    assert [reason(done(each, verify)) for each in broken] == [Reason.NOT_VERIFIED] * len(broken)


# --- placing ---


def staged(made: World, *names: str) -> tuple[World, Listing]:
    """Copied from scratch into the temporary directory."""
    entries = listed(made, "/scratch/w", *names)
    return done(made, e.Copy(at("/scratch/w"), at(TEMPORARY), entries)).world, entries


def test_what_nobody_touched_is_replaced_and_an_edit_is_kept_aside() -> None:
    made = done(world(a=1, b=1), e.CreateRecord(INFO, JOB)).world
    before = listed(made, "")
    made = with_file(with_file(with_file(made, "/scratch/w/a", 5), "/scratch/w/b", 6), "/scratch/w/n/c", 7)
    made, entries = staged(with_file(made, f"{HOME}/b", 9, "edited"))
    placed = done(made, place(made, entries, before=before))
    assert placed.outcome == m.Placed(((b"b", b"b.before-run.sh-1.local"),))
    kept = node(placed.world, "b.before-run.sh-1.local")
    assert kept is not None
    assert kept.content == "edited"
    assert node(placed.world, "n/c") is not None
    assert node(placed.world, TEMPORARY) is None
    again = done(placed.world, place(made, entries, before=before))
    assert again.outcome == m.Placed()


def test_a_new_directory_gets_its_name_in_one_piece_if_it_holds_just_the_entries() -> None:
    made, entries = staged(with_file(with_file(world(z=1), "/scratch/w/n/c", 7), "/scratch/w/n/d/e", 8))
    whole = done(made, place(made, entries))
    assert node(whole.world, "n/d/e") is not None
    more = with_file(made, f"{TEMPORARY}/n/not listed", 9)
    filled = done(more, place(more, entries))
    assert node(filled.world, "n/d/e") is not None and node(filled.world, "n/not listed") is None
    assert filled.steps > whole.steps


def test_mine_gives_way_where_it_has_to() -> None:
    made, entries = staged(with_file(world(a=1), "/scratch/w/a", 5))
    assert done(made, place(made, entries, keep=frozenset([b"a"]))).outcome == m.Placed(kept=(b"a",))


def test_the_same_size_and_time_with_other_bytes_is_an_edit() -> None:
    made = done(world(x=1), e.CreateRecord(INFO, JOB)).world
    made, entries = staged(with_file(made, "/scratch/w/a", 5))
    mine = node(made, f"{TEMPORARY}/a")
    assert mine is not None
    made = with_file(made, f"{HOME}/a", 5, "edited")
    draft_of = node(made, "a")
    assert draft_of is not None
    made = with_same_time(made, mine.mtime)
    outcome = done(made, place(made, entries)).outcome
    assert outcome == m.Placed(((b"a", b"a.before-run.sh-1.local"),))


def test_of_two_names_of_a_file_both_are_mine_afterwards_even_where_the_same_bytes_stood() -> None:
    made = with_file(done(world(x=1), e.CreateRecord(INFO, JOB)).world, "/scratch/w/a", 5)
    made, entries = staged(given(made, "/scratch/w/b", node(made, "/scratch/w/a")))
    mine = node(made, f"{TEMPORARY}/a")
    assert isinstance(mine, File)
    one, other = (replace(mine, entry=replace(mine.entry, inode=inode)) for inode in (900, 901))
    alike = given(given(made, f"{HOME}/a", one), f"{HOME}/b", other)
    placed = done(alike, place(made, entries)).world
    assert [each and each.inode for each in (node(placed, "a"), node(placed, "b"))] == [mine.inode, mine.inode]


def given(made: World, path: str, file: Node | None) -> World:
    assert isinstance(file, File)
    draft = Draft(made)
    draft.put(draft.place("desk", path), file)
    return draft.freeze()


def with_same_time(made: World, mtime: int) -> World:
    there = node(made, f"{HOME}/a")
    assert isinstance(there, File)
    return given(made, f"{HOME}/a", replace(there, entry=replace(there.entry, mtime=mtime)))


def test_nothing_is_moved_aside_for_a_record_that_is_another_s() -> None:
    made = done(world(a=1), e.CreateRecord(INFO, replace(JOB, token="other"))).world
    made, entries = staged(with_file(made, "/scratch/w/a", 5))
    assert reason(done(made, place(made, entries))) is Reason.DISOWNED
    refused = done(made, replace(place(made, entries), always=frozenset([b"a"])))
    assert reason(refused) is Reason.DISOWNED
    assert node(refused.world, "a") == node(made, "a")


def test_a_directory_in_the_way_is_an_error() -> None:
    made, entries = staged(with_file(world(a__x=1), "/scratch/w/a", 5))
    assert reason(done(made, place(made, entries))) is Reason.PLACE_TAKEN


def test_what_is_gone_from_the_temporary_directory_must_stand_at_its_place() -> None:
    made = world(a=1)
    entries = Listing.of([entry("a"), entry("b")])
    assert reason(done(made, place(made, entries))) is Reason.NOT_VERIFIED
    assert reason(done(made, place(made, Listing.of([entry("b")])))) is Reason.NOT_VERIFIED
    assert done(made, place(made, Listing.of([entry("s", b"s")]))).outcome == m.Placed()
    assert done(made, place(made, Listing())).outcome == m.Placed()


def test_a_name_that_is_taken_aside_too_gets_a_number() -> None:
    made = done(world(a=1), e.CreateRecord(INFO, JOB)).world
    made = with_file(made, f"{HOME}/a.before-run.sh-1.local", 2)
    made, entries = staged(with_file(made, "/scratch/w/a", 5))
    assert done(made, place(made, entries)).outcome == m.Placed(((b"a", b"a.before-run.sh-1.local.2"),))


# --- marks and removing ---

MARK = at("/scratch/w.qqmark")


def stage(token: str = "t0", *, keep: bool = False) -> e.Stage:
    return e.Stage(MARK, "/scratch/w", token, 1, "1.local", Listing(), Listing(), keep_list=keep)


def test_a_mark_says_whose_directory_it_is_and_what_was_staged() -> None:
    made = with_file(world(), "/scratch/w/a")
    code = e.NoteCode(MARK, 3, "t0", 1)
    done_ = done(made, stage(), code, e.NoteProof(MARK, Listing()), e.NoteSynced(MARK, Listing()))
    read = done(done_.world, e.ReadMark(MARK, "/scratch/w")).outcome
    assert isinstance(read, m.MarkRead)
    assert read.mark is not None
    assert (read.mark.token, read.mark.exit_code, read.mark.proved, read.work_dir_exists) == ("t0", 3, True, True)
    assert read.mark.work == listed(made, "/scratch/w")
    assert done(made, e.ReadMark(MARK, "/scratch/no")).outcome == m.MarkRead(None, work_dir_exists=False)


def test_a_second_attempt_may_keep_the_list_of_the_first() -> None:
    made = done(with_file(world(), "/scratch/w/a"), stage()).world
    more = with_file(made, "/scratch/w/b")
    first, second = done(more, stage(keep=True)).outcome, done(more, stage()).outcome
    assert isinstance(first, m.Staged)
    assert isinstance(second, m.Staged)
    assert (len(first.work), len(second.work)) == (1, 2)
    assert reason(done(world(), stage())) is Reason.WORK_DIR_GONE


def test_an_attempt_that_comes_back_late_leaves_the_mark_of_a_later_one() -> None:
    made = done(with_file(world(), "/scratch/w/a"), replace(stage(), attempt=2)).world
    for late in (stage(), stage(keep=True)):
        assert reason(done(made, late)) is Reason.DISOWNED
        assert done(made, late).world.disks == made.disks
    assert isinstance(done(made, stage("other")).outcome, m.Staged)
    assert reason(done(made, e.NoteCode(MARK, 0, "t0", 1))) is Reason.DISOWNED


def test_what_was_synced_adds_up() -> None:
    made = done(with_file(world(), "/scratch/w/a"), stage()).world
    one, two = (Listing.of([entry(name)]) for name in "ab")
    both = done(made, e.NoteSynced(MARK, one), e.NoteSynced(MARK, two), e.ReadMark(MARK, "/scratch/w")).outcome
    assert isinstance(both, m.MarkRead)
    assert both.mark is not None
    assert len(both.mark.synced) == 2


def test_nothing_is_noted_in_a_mark_that_is_gone() -> None:
    assert reason(done(world(), e.NoteCode(MARK, 0, "t0", 1))) is Reason.NO_SUCH_FILE


def test_a_tree_goes_only_if_all_of_it_is_proved() -> None:
    made = done(with_file(world(), "/scratch/w/d/a"), stage()).world
    remove = e.RemoveTree(MARK, "/scratch/w", "t0")
    assert reason(done(made, remove)) is Reason.NOT_VERIFIED
    proved = done(made, e.NoteProof(MARK, listed(made, "/scratch/w"))).world
    more = with_file(proved, "/scratch/w/new")
    assert done(more, remove).outcome == m.Removed((b"new",))
    assert done(more, replace(remove, unproved=pvector([b"new"]))).outcome == m.Removed()
    gone = done(proved, remove)
    assert (gone.outcome, node(gone.world, "/scratch/w"), node(gone.world, MARK.path)) == (m.Removed(), None, None)
    assert done(gone.world, remove).outcome == m.Removed()
    assert reason(done(proved, replace(remove, token="other"))) is Reason.NOT_VERIFIED


def test_another_job_s_mark_stays() -> None:
    made = done(with_file(world(), "/scratch/w/a"), stage()).world
    assert done(made, e.RemoveMark(MARK, "other")).world is made
    assert node(done(made, e.RemoveMark(MARK, "t0")).world, MARK.path) is None


def test_files_go_only_as_they_were_proved() -> None:
    made = world(a=1, b=1, d__c=1)
    proof = listed(made, "")
    changed = with_file(with_file(made, f"{HOME}/b", 9), f"{HOME}/d/new")
    removed = done(changed, e.RemoveFiles(at(""), proof))
    assert removed.outcome == m.Removed((b"b",))
    assert (node(removed.world, "a"), node(removed.world, "d/c")) == (None, None)
    assert node(removed.world, "d/new") is not None
    assert done(made, e.RemoveFiles(at("no"), proof)).outcome == m.Removed()


def test_a_temporary_directory_is_cleared() -> None:
    made = with_file(world(), f"{TEMPORARY}/d/a")
    clear = e.ClearTemporary(at(TEMPORARY))
    assert node(done(made, clear, clear).world, TEMPORARY) is None
    but_d = e.ClearTemporary(at(TEMPORARY), but=("d",))
    kept = done(with_file(made, f"{TEMPORARY}/e"), but_d, but_d).world
    assert node(kept, f"{TEMPORARY}/d/a") is not None and node(kept, f"{TEMPORARY}/e") is None
    assert node(done(kept, replace(but_d, but=("none",))).world, TEMPORARY) is None


# --- the batch system and the script ---


def test_a_job_is_taken_refused_or_not_answered() -> None:
    submit, find = e.SubmitJob(JOB, None, pvector()), e.FindJob("t0", "local")
    made = world(x=1)
    taken = done(made, submit)
    assert taken.outcome == m.Submitted("1.model")
    assert done(taken.world, find).outcome == m.FoundJob("1.model")
    assert done(made, find).outcome == m.FoundJob(None)
    silent = replace(made, batch=Batch(answering=Answering.SILENT))
    assert [reason(done(silent, each)) for each in (submit, find)] == [Reason.BATCH_NOT_ANSWERING] * 2
    assert reason(done(replace(made, batch=Batch(answering=Answering.REFUSES)), submit)) is Reason.BATCH_REFUSED


def test_a_batch_system_may_forget_what_is_over() -> None:
    taken = done(world(x=1), e.SubmitJob(JOB, None, pvector())).world
    over = replace(taken.batch.jobs["1.model"], state=BatchState.FINISHED)
    forgetful = replace(taken, batch=replace(taken.batch.put(over), forgets=True))
    assert done(forgetful, e.FindJob("t0", "local")).outcome == m.FoundJob(None)
    assert type(evidence(forgetful, replace(JOB, job_id=None))).__name__ == "Absent"
    assert type(evidence(taken, replace(JOB, job_id=None))).__name__ == "Seen"
    silent = replace(taken, batch=Batch(answering=Answering.SILENT))
    assert type(evidence(silent, JOB)).__name__ == "NotAnswered"


def run_script(made: World) -> Performed:
    env = pmap({"QQ_TOKEN": "t0", "QQ_ATTEMPT": "1", "QQ_INPUT_DIR": HOME})
    return done(made, e.RunScript(pvector(["bash", f"{HOME}/run.sh"]), HOME, f"{HOME}/o", f"{HOME}/e", env))


def test_a_script_needs_its_directory_and_itself() -> None:
    assert reason(run_script(world())) is Reason.WORK_DIR_GONE
    assert reason(run_script(world(x=1))) is Reason.SCRIPT_MISSING
    named = with_file(world(x=1), f"{HOME}/run.sh")
    assert run_script(named).outcome == m.ScriptEnded(0)


def test_the_walltime_ends_a_script() -> None:
    made = replace(with_file(world(), f"{HOME}/run.sh"), deadline=2 * 10**9)
    assert run_script(replace(made, scripts=(Script(runs_for=3600),))).outcome == Stopped(overrun=True)
    assert run_script(made).outcome == m.ScriptEnded(0)


def test_signals_and_words_change_nothing() -> None:
    made = world(x=1)
    for effect in (e.SignalScript(), e.Say("hello")):
        assert done(made, effect) == Performed(made, Ok(), 0)
    assert done(replace(made, running=HOME), e.StopScript(5)).world.running is None


def test_every_effect_can_be_performed() -> None:
    assert set(PERFORMERS) == set(get_args(e.Effect))
