"""Corners of a job's life that whole lives seldom come to."""

from collections.abc import Callable

import pytest
from pyrsistent import pvector

from qq.core import effects as e
from qq.core import moments as m
from qq.core.lifecycle import ask_record, failing, learn_next, sorting
from qq.core.lifecycle.ask_ends import settings_grace
from qq.core.lifecycle.ask_next import intend, link_next, lookup
from qq.core.lifecycle.decide import decide
from qq.core.lifecycle.learning import Event, NonsenseError
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.listing import Listing
from qq.core.paths import roots, under
from qq.core.records.job import JobInfo, LoopInfo
from qq.core.records.site import Settings, Site
from qq.core.records.values import Modes
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason
from tests.core.jobs import a_job
from tests.core.lifecycle import kind
from tests.core.lifecycle.kind import LATER, World, booted, job, life, listing, until


def run_at(phase: Phase, record: JobInfo | None = None) -> Run:
    step = until(phase, booted(record or job(JobType.LOOP)))
    assert step.run is not None
    return step.run


def loop_at(current: int) -> JobInfo:
    record = job(JobType.LOOP)
    loop = LoopInfo(start=0, end=3, archive="storage", archive_format="job%04d", current=current)
    return replace(record, loop=loop, job_name=f"run+{current:04d}.sh")


@pytest.mark.parametrize("learn", [failing.failing, learn_next.not_submitted, learn_next.next_exists])
def test_what_only_a_failure_or_a_refusal_can_teach_is_not_learned_of_success(
    learn: Callable[[Run, Event], Run],
) -> None:
    with pytest.raises(NonsenseError):
        learn(run_at(Phase.SUBMIT), m.Done((), LATER))


def test_cycle_zero_has_none_before_it() -> None:
    effects = [x for step in life(booted(loop_at(0))) for x in step.effects]
    assert not any(isinstance(x, e.MoveRuntime | e.ReadRecord) for x in effects)


def test_the_files_of_the_cycle_come_from_the_archive() -> None:
    world = World(archive=listing("job0001.cpt"))
    copies = [x for step in life(booted(job(JobType.LOOP)), world) for x in step.effects if isinstance(x, e.Copy)]
    assert any(x.src.path.endswith("/storage") and x.dst.path == "/scratch/job_1" for x in copies)


def test_in_the_input_directory_they_are_placed_and_what_differs_is_kept_aside() -> None:
    world = World(archive=listing("job0001.cpt"))
    world.unlike[e.Place] = lambda _x: m.Placed(aside=((b"job0001.cpt", b"job0001.cpt.before"),))
    steps = list(life(booted(kind.in_place(job(JobType.LOOP))), world))
    places = [x for step in steps for x in step.effects if isinstance(x, e.Place)]
    assert places[0].dst.path == "/home/alice/job" and places[0].before == Listing()
    notes = [line for record in kind.records(iter(steps)) for line in record.notes]
    assert "another job0001.cpt stood in /home/alice/job: that version is kept as job0001.cpt.before" in notes


def test_a_file_that_was_kept_aside_changed_only_if_the_job_began_with_it() -> None:
    world = World(archive=listing("job0001.xtc"), home=listing("run.sh", "in.dat", "log"))
    aside = {"/home/alice/job/storage": (b"job0001.xtc", b"job0009.xtc"), "/home/alice/job": (b"log", b"new")}
    world.unlike[e.Place] = lambda x: m.Placed(aside=tuple((path, path + b".old") for path in aside[x.dst.path]))
    read = kind.mark(work=world.staged, home=world.home)
    world.unlike[e.ReadMark] = lambda _x: m.MarkRead(replace(read, archive=world.archive), work_dir_exists=True)
    records = kind.records(life(booted(job(JobType.LOOP)), world))
    finished = next(record for record in records if record.state is RecordState.FINISHED)
    assert list(finished.notes) == [
        "job0001.xtc was changed in the archive while the job ran: that version is kept as job0001.xtc.old",
        "another job0009.xtc stood in the archive: that version is kept as job0009.xtc.old",
        "log was changed in /home/alice/job while the job ran: that version is kept as log.old",
        "another new stood in /home/alice/job: that version is kept as new.old",
    ]


def test_the_next_record_is_only_linked_if_nobody_claimed_it() -> None:
    run = run_at(Phase.LINK_NEXT)
    assert run.next_job is not None
    assert [type(x) for x in link_next(run)] == [e.WriteRecord]
    assert link_next(replace(run, next_job=replace(run.next_job, job_id="2.local"))) == []
    assert link_next(replace(run, next_version=None)) == []
    assert link_next(replace(run, next_id=None)) == []


def test_a_phase_that_writes_nothing_new_writes_the_record_as_it_is() -> None:
    run = run_at(Phase.SORT)
    assert ask_record.record_for(run) is run.job


def test_other_jobs_have_nothing_to_archive() -> None:
    run = run_at(Phase.TRANSFER, job())
    assert sorting.to_archive(run) == Listing() and sorting.init_name(run) is None


def test_an_included_path_is_not_archived_whatever_its_name_and_whether_it_changed_or_not() -> None:
    record = replace(job(JobType.LOOP), included=pvector(["/data/job0001.top", "/data/job0001.ff"]))
    run = replace(run_at(Phase.ARCHIVE, record), changed=listing("job0001.top", "job0001.xtc"))
    run = replace(run, same=listing("job0001.cpt", "job0001.ff"))
    assert [entry.path for entry in sorting.to_archive(run)] == [b"job0001.cpt", b"job0001.xtc"]


def test_only_what_would_be_qqs_own_at_home_is_left_there() -> None:
    record = replace(job(), included=pvector(["/data/.qq-mine"]))
    work = listing(".qq-made", ".qq-mine", "run.qqinfo", "run.qqinfo.old", "run.qqout")
    assert sorting.left_there(record, work) == (b".qq-made", b"run.qqinfo", b"run.qqout")


def test_without_a_staged_list_all_that_is_there_counts_as_the_scripts() -> None:
    work = listing("a", "b")
    assert sorting.split(None, work) == (work, Listing())
    unlisted = kind.mark(work=work, home=Listing())
    assert sorting.split(replace(unlisted, work=None), work) == (work, Listing())
    assert sorting.split(unlisted, work) == (Listing(), work)


@pytest.mark.parametrize(
    ("included", "there", "made"),
    [
        ([], "job0002.cpt", False),
        (["/data/job0002.ref"], "job0002.ref", True),
        ([], "other", True),
    ],
)
def test_the_file_of_the_next_cycle_is_made_unless_one_was_staged(included: list[str], there: str, made: bool) -> None:
    staged = listing("run.sh", there)
    record = replace(job(JobType.LOOP), included=pvector(included))
    step = until(Phase.ARCHIVE, booted(record), World(staged=staged, work=listing(*staged, kind.file("job0001.x", 9))))
    assert any(isinstance(x, e.Create) and x.at.path.endswith("job0002.init") for x in step.effects) is made


def test_an_included_path_that_is_called_like_files_of_the_cycle_is_not_archived() -> None:
    record = replace(job(JobType.LOOP), included=pvector(["/data/job0001.ref"]))
    there = listing("run.sh", "job0001.ref", "job0001.cpt")
    world = World(staged=there, work=there)
    step = until(Phase.ARCHIVE, booted(record), world)
    (placed,) = (x for x in step.effects if isinstance(x, e.Place))
    assert [entry.path for entry in placed.entries] == [b"job0001.cpt"]


def test_of_what_the_script_did_not_change_only_files_give_way_in_the_archive() -> None:
    there = listing("run.sh", kind.file("job0001d", kind=b"d"), kind.file("job0001d/a", 3))
    step = until(Phase.ARCHIVE, booted(job(JobType.LOOP)), World(staged=there, work=there))
    (placed,) = (x for x in step.effects if isinstance(x, e.Place))
    assert placed.keep == {b"job0001d/a"}


def test_what_gave_way_in_the_archive_is_still_in_the_working_directory_and_at_home() -> None:
    there = listing("run.sh", "job0001.cpt", "job0001.tpr")
    world = World(staged=there, work=there)
    world.unlike[e.Place] = lambda x: m.Placed(kept=(b"job0001.cpt",)) if x.keep else m.Placed()
    (noted,) = until(Phase.PROOF, booted(job(JobType.LOOP)), world).effects
    assert isinstance(noted, e.NoteProof)
    assert {entry.path for entry in noted.proof} == {b"run.sh", b"job0001.cpt"}


def test_the_names_below_a_directory_of_the_cycle_are_archived_with_it() -> None:
    work = listing(kind.file("job0001d", kind=b"d"), kind.file("job0001d/a", 3), kind.file("job0001d/b", 4), "run.sh")
    moved = next(
        x for step in life(booted(job(JobType.LOOP)), World(work=work)) for x in step.effects if isinstance(x, e.Place)
    )
    assert [entry.path for entry in moved.entries] == [b"job0001d", b"job0001d/a", b"job0001d/b"]


def test_a_path_is_under_a_root_only_by_whole_names() -> None:
    at = roots([b"a/b", b"c"])
    assert under(b"a/b", at) and under(b"a/b/c/d", at) and under(b"c/x", at)
    assert not under(b"a", at) and not under(b"a/bc/d", at) and not under(b"x/c/y", at)


def test_what_changed_while_it_was_archived_stays_and_is_named() -> None:
    world = World(unlike={e.RemoveFiles: lambda _x: m.Removed((b"job0001.xtc",))})
    steps = list(life(booted(job(JobType.LOOP)), world))
    assert any(
        "job0001.xtc changed while it was archived" in line for r in kind.records(iter(steps)) for line in r.notes
    )
    home = next(x for s in steps for x in s.effects if isinstance(x, e.Place) and x.dst.path == "/home/alice/job")
    assert b"job0001.xtc" in {entry.path for entry in home.entries}, "what stays comes home"


def test_what_a_script_calls_like_the_record_or_qqs_own_words_replaces_neither_of_them() -> None:
    """Nor does it go to the archive, though its format takes in all that begins as the job does."""
    record = job(JobType.LOOP)
    assert record.loop is not None
    everything = replace(record, loop=replace(record.loop, archive_format="run+%04d"))
    work = listing(kind.file("run+0001.qqinfo", 3), kind.file("run+0001.qqout", 4), kind.file("run+0001.dat", 5), "log")
    steps = list(life(booted(everything), World(work=work)))
    placed = {entry.path for step in steps for x in step.effects if isinstance(x, e.Place) for entry in x.entries}
    assert placed == {b"run+0001.dat", b"log"}


def test_a_last_word_comes_even_where_nothing_is_left_to_remove() -> None:
    step = until(Phase.INTEND, booted(replace(job(JobType.LOOP), transfer_mode=Modes(("never",)))))
    assert step.run is not None and step.run.next_job is not None
    words = decide(step.run, kind.refused(step, replace(step.run.next_job, token="other")))
    assert [type(x) for x in words.effects] == [e.Say]
    assert decide(words.run, World().done(words)).exit_code == 0


def test_a_link_that_another_life_set_stays() -> None:
    step = until(Phase.LINK, booted(job(JobType.LOOP)))
    assert step.run is not None
    after = decide(step.run, kind.refused(step, replace(step.run.disk, resubmitted_as="7.local")))
    assert [type(x) for x in after.effects] == [e.RemoveTree]
    assert after.run is not None and after.run.job.resubmitted_as == "7.local"
    again = decide(step.run, kind.refused(step, step.run.disk))
    assert [type(x) for x in again.effects] == [e.WriteRecord]


@pytest.mark.parametrize(("kill_wait", "grace"), [(30.0, 5.0), (10.0, 5.0), (3.0, 1.5)])
def test_the_grace_leaves_half_of_what_the_batch_system_leaves(kill_wait: float, grace: float) -> None:
    site = Site(name="x", engine="PBS", batch_system="PBS", kill_wait=kill_wait)
    assert settings_grace(a_job(site=site, settings=Settings(grace=5.0))) == grace
    assert settings_grace(a_job(settings=None)) == 5.0


def test_a_next_job_that_is_not_due_is_neither_looked_for_nor_created() -> None:
    run = run_at(Phase.INTEND)
    linked = replace(run, job=replace(run.job, resubmitted_as="2.local"), next_job=None)
    assert lookup(linked) == [] and intend(linked) == []


def test_a_job_without_cycles_has_no_other_records_in_an_archive() -> None:
    assert ask_record.places_in_archive(run_at(Phase.CLAIM, job()), 2) == ()


@pytest.mark.parametrize("job_type", [JobType.LOOP, JobType.CONTINUOUS])
def test_a_record_that_is_anothers_when_the_next_one_is_due_is_left_alone(job_type: JobType) -> None:
    step = until(Phase.INTEND, booted(job(job_type)))
    after = decide(step.run, kind.failed(step, Reason.DISOWNED))
    assert after.run is not None and after.run.phase is Phase.REMOVE
    while after.exit_code is None:
        after = decide(after.run, World().done(after))
    assert after.exit_code == 0
