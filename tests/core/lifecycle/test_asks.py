"""What each phase asks of the world, to the letter: which effects, in which order, about which place and file."""

from datetime import timedelta

import pytest
from pyrsistent import pvector

from qq.core import effects as e
from qq.core import moments as m
from qq.core.changes import linked
from qq.core.effects import ArchiveQuestion, Location
from qq.core.exitcodes import NO_RECORD
from qq.core.lifecycle import sorting
from qq.core.lifecycle.ask import ASKS
from qq.core.lifecycle.decide import Step, decide
from qq.core.lifecycle.decisions import next_token
from qq.core.lifecycle.phases import Phase
from qq.core.listing import Listing
from qq.core.records.job import JobInfo, LoopInfo, WorkDir
from qq.core.records.site import Site
from qq.core.records.values import Modes
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason, Trouble
from tests.core.lifecycle import kind
from tests.core.lifecycle.kind import LATER, World, booted, job, listing, until

HERE = "node7"
HOME, ARCHIVE = Location("/home/alice/job", "desk"), Location("/home/alice/job/storage", "desk")
HOME_TEMPORARY = Location("/home/alice/job/.qq-t0k3n", "desk")
ARCHIVE_TEMPORARY = Location("/home/alice/job/storage/.qq-t0k3n", "desk")
WORK, MARK = Location("/scratch/job_1"), Location("/scratch/job_1.qqmark")
RECORD = Location("/home/alice/job/run+0002.qqinfo")
GUARD = e.Guard(RECORD, "t0k3n", 1)
ASIDE = "run+0002.sh-1.local"

LOOP = LoopInfo(start=1, end=3, archive="storage", archive_format="job%04d", current=2)


def second() -> JobInfo:
    """Cycle 2 of 3, with an included path."""
    return replace(
        job(JobType.LOOP),
        job_name="run+0002.sh",
        stdout_file="run+0002.out",
        stderr_file="run+0002.err",
        loop=LOOP,
        included=pvector(["/data/ff"]),
    )


def boot(record: JobInfo) -> m.Booted:
    """On a node that reaches the input directory through its machine only."""
    return booted(record, host=HERE, input_shared=False, nodes=pvector([HERE]))


def world() -> World:
    """A file of the cycle stands in the archive; the script makes one of the cycle, a log and its output."""
    work = listing("run.sh", "in.dat", kind.file("job0002.xtc", 5), kind.file("log", 6), kind.file("run+0002.out", 7))
    return World(archive=listing("job0002.cpt"), work=work)


def asked(phase: Phase, record: JobInfo) -> list[e.Effect]:
    return list(until(phase, boot(record), world()).effects)


def of(work: Listing, *names: bytes) -> Listing:
    return work.where(lambda entry: entry.path in names)


def test_every_phase_has_something_to_ask_or_says_that_it_has_not() -> None:
    assert set(ASKS) == set(Phase)


def test_the_cycle_before_is_looked_up_at_home_and_under_both_its_names_in_the_archive() -> None:
    archived = [Location(f"{ARCHIVE.path}/{name}.qqinfo", "desk") for name in ("job0001", "run+0001")]
    home = Location("/home/alice/job/run+0001.qqinfo", "desk")
    assert asked(Phase.PREVIOUS, second()) == [e.ReadRecord((home, *archived))]


def both(name: str, archived: str) -> tuple[str, tuple[str, ...]]:
    return name, (f"{ARCHIVE.path}/{archived}", f"{ARCHIVE.path}/{name}")


def test_before_staging_leftovers_go_and_the_last_cycle_is_archived_and_both_places_are_listed() -> None:
    moves = [both(f"run+0001.{suffix}", f"job0001.{suffix}") for suffix in ("out", "err", "qqout", "qqinfo")]
    assert asked(Phase.SURVEY, second()) == [
        e.ClearTemporary(HOME_TEMPORARY),
        e.MakeDir(ARCHIVE),
        e.ClearTemporary(ARCHIVE_TEMPORARY),
        e.MoveRuntime(HOME, tuple(moves)),
        e.List(ARCHIVE, (b"job0002.qqinfo", b"job0002.qqout"), ArchiveQuestion("job%04d", (2,))),
        e.List(HOME, (b"run+0002.qqinfo", b"run+0002.qqout", b"storage", b"ff")),
    ]
    assert asked(Phase.SURVEY, job()) == [
        e.ClearTemporary(HOME_TEMPORARY),
        e.List(HOME, (b"run.qqinfo", b"run.qqout")),
    ]


def test_earlier_directories_on_this_host_are_looked_for_last() -> None:
    earlier = [WorkDir(HERE, "/scratch/job_0"), WorkDir("elsewhere", "/scratch/job_00")]
    *_, listed, looked = asked(Phase.SURVEY, replace(job(), earlier_work_dirs=pvector(earlier)))
    assert isinstance(listed, e.List)
    assert looked == e.ReadMark(Location("/scratch/job_0.qqmark"), "/scratch/job_0")


def test_a_fresh_directory_is_filled_from_home_then_from_included_paths_then_from_the_archive() -> None:
    staged = world()
    assert asked(Phase.STAGE, second()) == [
        e.MakeDir(WORK, fresh=True),
        e.Say("copying 2 files and directories to /scratch/job_1"),
        e.Copy(HOME, WORK, staged.home, vanished_ok=True),
        e.Include("desk", pvector(["/data/ff"]), WORK),
        e.Copy(ARCHIVE, WORK, staged.archive),
        e.Stage(MARK, WORK.path, "t0k3n", 1, "1.local", staged.home, staged.archive),
    ]


def test_in_the_input_directory_files_of_the_cycle_are_placed_and_the_list_of_a_first_attempt_stays() -> None:
    place, mark = Location(HOME.path, "desk"), Location("/home/alice/job/.run+0002.sh.qqmark", "desk")
    entries = world().archive
    *delivered, stage = asked(Phase.STAGE, kind.in_place(replace(second(), included=pvector())))
    assert delivered == deliver(ARCHIVE, place, HOME_TEMPORARY, entries, Listing())
    private = [b"run+0002.qqinfo", b"run+0002.qqout", *(b".run+0002.sh.qqmark" + x for x in SUFFIXES), b"storage"]
    assert stage == e.Stage(mark, HOME.path, "t0k3n", 1, "1.local", Listing(), entries, tuple(private), keep_list=True)


SUFFIXES = (b"", b".list", b".synced", b".proof")


def deliver(
    src: Location,
    dst: Location,
    temporary: Location,
    entries: Listing,
    before: Listing,
    *,
    always: frozenset[bytes] = frozenset(),
    link: bool = False,
) -> list[e.Effect]:
    return [
        e.Copy(src, temporary, entries, may_link=link),
        e.VerifyCopy(src, temporary, entries),
        e.Place(temporary, dst, entries, before, Listing(), ASIDE, GUARD, always),
    ]


def test_the_script_runs_where_its_files_are_and_writes_its_output_there() -> None:
    said, run = asked(Phase.EXECUTE, replace(second(), interpreter="python3 -u"))
    assert said == e.Say("running run.sh in /scratch/job_1")
    assert isinstance(run, e.RunScript)
    assert list(run.argv) == ["python3", "-u", "/scratch/job_1/run.sh"]
    assert (run.work_dir, run.stdout, run.stderr) == (
        WORK.path, "/scratch/job_1/run+0002.out", "/scratch/job_1/run+0002.err",
    )  # fmt: skip
    assert list(asked(Phase.EXECUTE, replace(second(), settings=None))[1].argv)[0] == "bash"  # type: ignore[union-attr]


def test_after_the_script_everything_is_looked_at_and_the_archive_also_for_the_next_cycle() -> None:
    question = ArchiveQuestion("job%04d", (2, 3))
    assert asked(Phase.NOTE_CODE, second()) == [e.NoteCode(MARK, 0, second().token, 1)]
    assert asked(Phase.SORT, second()) == [
        e.ReadMark(MARK, WORK.path),
        e.List(WORK, own=True),
        e.MakeDir(ARCHIVE),
        e.List(ARCHIVE, only=question),
    ]


def test_what_is_qqs_own_is_not_looked_at_in_the_input_directory_nor_the_archive_unless_it_is_due() -> None:
    own = (b"run.qqinfo", b"run.qqout", *(b".run.sh.qqmark" + suffix for suffix in SUFFIXES))
    at_home = Location(HOME.path, "desk")
    assert asked(Phase.SORT, kind.in_place(job()))[1:] == [e.List(at_home, own)]
    assert asked(Phase.SORT, job())[1:] == [e.List(WORK, own=True)]
    failed = until(Phase.SORT, boot(second()), replace(world(), code=3))
    assert list(failed.effects)[1:] == [e.List(WORK, own=True)], "archived after success only"
    assert Phase.ARCHIVE not in kind.phases(kind.life(boot(second()), replace(world(), code=3)))
    assert Phase.ARCHIVE not in kind.phases(kind.life(boot(kind.always(job())), world()))
    never = replace(second(), loop=replace(LOOP, archive_mode=Modes(("never",))))
    assert Phase.ARCHIVE not in kind.phases(kind.life(boot(never), world())), "nor is the next cycle's file made"


def test_what_cannot_stand_at_home_stays_where_it_is_and_the_record_says_so() -> None:
    left = (".qq-x", ".qq-x/deep", ".qq.lock", "run+0002.qqinfo", "run+0002.qqout")
    brought = ".qq-included"
    record = replace(second(), included=pvector([f"/data/{brought}"]))
    there = world()
    there.work = listing(*there.work, *(kind.file(path, 20) for path in (*left, brought, "d/run+0002.qqinfo")))
    effects = [one for step in kind.life(boot(record), there) for one in step.effects]
    moved = {x.path.decode() for one in effects if isinstance(one, e.Copy) for x in one.entries}
    assert not moved & {*left, brought} and "d/run+0002.qqinfo" in moved
    closed = [one.job for one in effects if isinstance(one, e.WriteRecord) and one.job.state is RecordState.FINISHED][0]
    assert closed.delivered is None
    stays = [note.partition(" ")[0] for note in closed.notes if "can't stand at home" in note]
    assert stays == [".qq-x", ".qq.lock", "run+0002.qqinfo", "run+0002.qqout"]
    assert not any(isinstance(one, e.RemoveTree) for one in effects)
    closing = until(Phase.CLOSE, boot(kind.in_place(replace(record, included=pvector()))), there)
    assert closing.run is not None and not closing.run.job.notes


def test_what_a_sync_has_put_at_home_is_known_when_the_rest_is_placed() -> None:
    there, synced = world(), listing(kind.file("log", 9))
    known = replace(kind.mark(work=there.staged, home=there.home), synced=synced)
    there.unlike[e.ReadMark] = lambda _effect: m.MarkRead(known, work_dir_exists=True)
    placed = [x for x in until(Phase.TRANSFER, boot(second()), there).effects if isinstance(x, e.Place)]
    assert [x.synced for x in placed] == [synced]


def test_many_files_are_copied_verified_and_placed_in_portions() -> None:
    many = listing(*(kind.file(f"new{number:05}", number + 10) for number in range(sorting.PORTION_FILES + 1)))
    there = replace(world(), work=many)
    copies = [x for x in until(Phase.TRANSFER, boot(job()), there).effects if isinstance(x, e.Copy)]
    assert [x.entries.count for x in copies] == [sorting.PORTION_FILES, 1]


def test_the_cycle_is_archived_then_taken_away_then_the_rest_comes_home_then_all_is_proved() -> None:
    work, home = world().work, world().home
    moved, rest = of(work, b"job0002.xtc"), of(work, b"log", b"run+0002.out")
    assert asked(Phase.ARCHIVE, second()) == [
        *deliver(WORK, ARCHIVE, ARCHIVE_TEMPORARY, moved, Listing()),
        e.Create(Location(f"{ARCHIVE.path}/job0003.init", "desk")),
        e.ClearTemporary(ARCHIVE_TEMPORARY),
    ]
    assert asked(Phase.ARCHIVED, second()) == [e.RemoveFiles(WORK, moved)]
    outputs = frozenset((b"run+0002.out", b"run+0002.err"))
    assert asked(Phase.TRANSFER, second()) == [
        e.Say("bringing 2 files and directories home to desk:/home/alice/job"),
        *deliver(WORK, HOME, HOME_TEMPORARY, rest, home, always=outputs),
        e.ClearTemporary(HOME_TEMPORARY),
    ]
    assert asked(Phase.PROOF, second()) == [e.NoteProof(MARK, of(work, *(x.path for x in work if x not in moved)))]
    assert asked(Phase.REMOVE, second()) == [e.RemoveTree(MARK, WORK.path, "t0k3n", (b"ff",))]


def test_what_goes_from_the_working_directory_is_what_verifying_saw_arrive() -> None:
    """A second name in the archive moves a file's time of change: the listing from before proves nothing."""
    there = world()
    there.unlike[e.VerifyCopy] = lambda x: m.Verified(Listing.of(linked(entry) for entry in x.entries))
    step = until(Phase.ARCHIVED, boot(second()), there)
    arrived = Listing.of([linked(kind.file("job0002.xtc", 5))])
    assert list(step.effects) == [e.RemoveFiles(WORK, arrived)]


def test_on_one_host_files_are_linked_into_the_archive_and_nothing_is_created_after_a_failure() -> None:
    record = kind.in_place(kind.always(second()))
    step = until(Phase.ARCHIVE, booted(record), replace(world(), code=3))
    assert isinstance(step.effects[0], e.Copy) and step.effects[0].may_link
    assert [type(x) for x in step.effects] == [e.Copy, e.VerifyCopy, e.Place, e.ClearTemporary]


def test_the_next_cycle_is_looked_for_recorded_and_submitted_to_start_after_this_one() -> None:
    record = replace(second(), resubmit_from=pvector(["input", "working"]))
    hosts = ("desk", "working")
    assert asked(Phase.LOOKUP, record) == [e.FindJob(next_token(record), "local", hosts)]
    after = Location("/home/alice/job/run+0003.qqinfo", "desk")
    (created,) = asked(Phase.INTEND, record)
    assert isinstance(created, e.CreateRecord)
    archived = tuple([Location(f"{ARCHIVE.path}/{name}.qqinfo", "desk") for name in ("job0003", "run+0003")])
    assert created == e.CreateRecord(after, created.job, GUARD, archived)
    assert (created.job.token, created.job.stdout_file, created.job.stderr_file, created.job.submission_time) == (
        next_token(record), "run+0003.out", "run+0003.err", LATER,
    )  # fmt: skip
    assert asked(Phase.SUBMIT, record) == [e.SubmitJob(created.job, "1.local", hosts, shared=False)]
    (linked,) = asked(Phase.LINK_NEXT, record)
    expected = kind.version(record, "new")
    assert isinstance(linked, e.WriteRecord) and linked.expects.digest == expected.digest
    assert linked == e.WriteRecord(after, replace(created.job, job_id="2.local"), linked.expects)


# --- when it ends otherwise -------------------------------------------------------------------------------------------


def goes_on(step: Step, phase: Phase) -> list[e.Effect]:
    """What is asked in a later phase, if everything goes well from here on."""
    for _ in range(20):
        assert step.run is not None
        if step.run.phase is phase:
            return list(step.effects)
        step = decide(step.run, world().done(step))
    raise AssertionError(f"never in {phase}")


def test_of_a_job_that_cant_go_on_stdout_and_stderr_come_home_and_temporary_names_go() -> None:
    step = until(Phase.TRANSFER, boot(second()), world())
    failed = decide(step.run, kind.failed(step))
    names = (b"run+0002.err", b"run+0002.out")
    assert goes_on(failed, Phase.FAIL_LOOK) == [e.List(WORK, only=e.Names(names))]
    output = of(world().work, b"run+0002.out")
    assert goes_on(failed, Phase.FAIL_OUTPUT) == [
        *deliver(WORK, HOME, HOME_TEMPORARY, output, Listing(), always=frozenset(names)),
        e.ClearTemporary(HOME_TEMPORARY),
    ]


@pytest.mark.parametrize("phase", [Phase.EXECUTE, Phase.SORT])
def test_in_the_input_directory_output_is_at_home_already_whatever_fails(phase: Phase) -> None:
    step = until(phase, boot(kind.in_place(job())), world())
    after = decide(step.run, kind.failed(step))
    lived = [after]
    while lived[-1].exit_code is None:
        assert lived[-1].run is not None
        lived.append(decide(lived[-1].run, world().done(lived[-1])))
    effects = [x for each in lived for x in each.effects]
    assert [type(x) for x in effects] == [e.WriteRecord]


def test_what_was_made_for_nothing_is_proved_and_removed_and_temporary_names_with_it() -> None:
    step = until(Phase.START, boot(second()), world())
    late = decide(step.run, kind.refused(step, replace(second(), attempt=2)))
    assert goes_on(late, Phase.UNMAKE) == [
        e.NoteProof(MARK, world().staged),
        e.RemoveTree(MARK, WORK.path, "t0k3n"),
    ]
    assert goes_on(late, Phase.TIDY_LOOK) == [e.ReadRecord((RECORD,))]
    found = World(unlike={e.ReadRecord: lambda _x: m.RecordFound(None)})
    tidied = decide(late.run, found.done(late))
    tidied = decide(tidied.run, found.done(tidied))
    assert list(tidied.effects) == [e.ClearTemporary(HOME_TEMPORARY), e.ClearTemporary(ARCHIVE_TEMPORARY)]


def test_a_record_that_was_not_submitted_is_withdrawn_unless_it_would_have_taken_this_ones_place() -> None:
    step = until(Phase.SUBMIT, boot(second()), world())
    after = decide(step.run, kind.failed(step, Reason.BATCH_REFUSED))
    assert list(after.effects) == [
        e.WithdrawRecord(Location("/home/alice/job/run+0003.qqinfo", "desk"), next_token(second()))
    ]
    step = until(Phase.SUBMIT, booted(job(JobType.CONTINUOUS)))
    after = decide(step.run, kind.failed(step, Reason.BATCH_REFUSED))
    assert [type(x) for x in after.effects] == [e.WriteRecord]


LOST = replace(second(), state=RecordState.RUNNING, work_dir=WORK.path, main_node=HERE, attempt=3)


def test_recovery_reaches_the_working_directory_through_its_node_and_submits_as_the_job_would() -> None:
    record = replace(LOST, resubmit_from=pvector(["input"]))
    found = kind.recovering(record, host="gate", input_shared=True)
    assert list(decide(None, found).effects) == [e.ReadMark(Location(MARK.path, HERE), WORK.path)]
    asked = until(Phase.RESTART_SUBMIT, found).effects
    (write,) = until(Phase.RESTART_RECORD, found).effects
    assert isinstance(write, e.WriteRecord) and write.job.attempt == 4
    assert asked == (e.SubmitJob(write.job, None, ("desk",), shared=True),)


def test_scratch_that_all_nodes_share_is_reached_by_ones_own_mounts() -> None:
    site = Site(name="x", engine="PBS", batch_system="PBS", scratch_shared=True)
    moment = kind.recovering(replace(LOST, site=site), host="gate", input_shared=True)
    assert list(decide(None, moment).effects) == [e.ReadMark(MARK, WORK.path)]


@pytest.mark.parametrize("phase", [p for p in Phase if p not in (Phase.BOOT, Phase.END)])
def test_a_signal_stops_a_recovery_unless_the_next_job_is_submitted_already(phase: Phase) -> None:
    run = until(Phase.TRANSFER, kind.recovering(replace(LOST, script_exit_code=0)), world()).run
    assert run is not None
    after = decide(replace(run, phase=phase, next_id="2.local"), kind.terminated())
    carries_on = {Phase.LINK, Phase.LINK_NEXT, Phase.REMOVE, Phase.FAREWELL}
    assert (after.exit_code == 143 and not after.effects) is (phase not in carries_on)


def test_what_stands_where_the_next_record_goes_and_is_none_is_named_in_the_record() -> None:
    step = until(Phase.INTEND, boot(second()), world())
    noted = decide(step.run, kind.refused(step, None))
    (write,) = noted.effects
    assert isinstance(write, e.WriteRecord) and write.job.failure is not None
    assert "desk:/home/alice/job/run+0003.qqinfo is there already, and is no record" in write.job.failure.words
    assert write.job.state is RecordState.FINISHED


def test_a_record_of_another_attempt_is_disowned_and_one_of_ones_own_is_left_to_whoever_ended_it() -> None:
    step = until(Phase.SORT, boot(second()), world())
    write = decide(step.run, kind.terminated())
    assert write.run is not None
    for disk, phase in (
        (replace(write.run.disk, state=RecordState.KILLED), Phase.STOP_WAIT),
        (replace(write.run.disk, attempt=7), Phase.DISOWN),
        (replace(write.run.disk, token="other"), Phase.DISOWN),
        (None, Phase.DISOWN),
    ):
        after = decide(write.run, kind.refused(write, disk))
        assert after.run is not None and after.run.phase is phase
        assert disk is not None or after.run.ending == NO_RECORD


SAID_AS_IT_IS = {
    Reason.INCLUDED_MISSING, Reason.INPUT_DIR_GONE, Reason.INTERPRETER_MISSING, Reason.SCRIPT_MISSING,
    Reason.NOT_VERIFIED, Reason.PLACE_TAKEN, Reason.HOST_UNREACHABLE, Reason.PREVIOUS_NOT_FINISHED,
    Reason.WORK_DIR_GONE, Reason.NO_NODES, Reason.RECORD_NOT_WRITTEN, Reason.RECORD_UNREADABLE, Reason.RECORD_INVALID,
}  # fmt: skip
USUAL = {
    Phase.PREVIOUS: Reason.STAGE_IN, Phase.SURVEY: Reason.STAGE_IN, Phase.STAGE: Reason.STAGE_IN,
    Phase.LEFTOVERS: Reason.COPY_HOME, Phase.SORT: Reason.COPY_HOME, Phase.ARCHIVE: Reason.ARCHIVING,
    Phase.ARCHIVED: Reason.ARCHIVING, Phase.TRANSFER: Reason.COPY_HOME, Phase.PROOF: Reason.COPY_HOME,
}  # fmt: skip
FULL = {
    Phase.PREVIOUS: Reason.SCRATCH_FULL, Phase.SURVEY: Reason.SCRATCH_FULL, Phase.STAGE: Reason.SCRATCH_FULL,
    Phase.PROOF: Reason.NO_ROOM_FOR_PROOF,
}  # fmt: skip


@pytest.mark.parametrize("phase", [*USUAL, Phase.EXECUTE])
@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.DISOWNED])
def test_a_trouble_is_called_by_what_it_means_in_its_phase(phase: Phase, reason: Reason) -> None:
    meaning = USUAL.get(phase, reason)
    if reason in SAID_AS_IT_IS:
        meaning = reason
    elif reason is Reason.NO_SPACE:
        meaning = FULL.get(phase, Reason.HOME_FULL)
    run = until(phase, boot(second()), world()).run
    assert run is not None
    after = decide(run, m.EffectFailed(e.Say(""), Trouble(reason, "it broke"), (), LATER)).run
    assert after is not None and after.trouble is not None
    words = "it broke" if meaning is reason else f"{meaning.sentence}: it broke"
    assert (after.trouble.reason, str(after.trouble)) == (meaning, words)


def test_what_was_said_is_not_said_again() -> None:
    world = World(staged=listing("run.sh", "ff"), work=listing("run.sh", kind.file("ff", changed=9)))
    effects = [x for step in kind.life(boot(second()), world) for x in step.effects]
    assert sum(isinstance(x, e.Say) and "included ff" in x.words for x in effects) == 1


@pytest.mark.parametrize("phase", [Phase.STAGE, Phase.EXECUTE])
@pytest.mark.parametrize("seconds", [3594, 3595, 3601])
def test_walltime_is_the_cause_as_soon_as_it_can_be_over_for_who_has_to_start_qq_run(
    phase: Phase, seconds: int
) -> None:
    """It is counted from the boot: staging takes its part of it."""
    booting = boot(second())
    step, at = until(phase, booting, world()), booting.now + timedelta(seconds=seconds)
    step = decide(step.run, m.Terminated(15, (), at))
    if phase is Phase.EXECUTE:  # the script gets its signal first
        step = decide(step.run, m.Done((m.Ok(),), at))
    (write,) = step.effects
    assert isinstance(write, e.WriteRecord) and write.job.failure is not None
    assert write.job.failure.number == (Reason.WALLTIME if seconds >= 3595 else Reason.TERMINATED).number


def test_a_job_that_is_submitted_again_is_recovered_whatever_comes_of_noting_its_id() -> None:
    step = until(Phase.RESTART_LINK, kind.recovering(LOST, host="gate", input_shared=True))
    assert step.run is not None
    done, refused = world().done(step), kind.refused(step, step.run.disk)
    ends = [decide(step.run, moment) for moment in (done, kind.failed(step), refused)]
    assert [(end.exit_code, end.effects) for end in ends] == [(0, ())] * 3
