"""Whole lives in a kind world, and in one that is not: which phases, which effects, which record, which exit code."""

from datetime import timedelta

import pytest
from pyrsistent import pmap, pvector

from qq.core import effects as e
from qq.core import moments as m
from qq.core.evidence import Evidence, NotAnswered, Seen
from qq.core.exitcodes import BUG, NO_RECORD, NOT_OURS, TROUBLE
from qq.core.lifecycle.decide import Step, decide
from qq.core.lifecycle.decisions import next_token
from qq.core.lifecycle.phases import Phase
from qq.core.records.job import JobInfo, KilledBy, WhyFailed, WorkDir
from qq.core.records.values import Resources
from qq.core.replacing import replace
from qq.core.states import BatchState, JobType, RecordState
from qq.core.troubles import Reason, Trouble
from tests.core.lifecycle import kind
from tests.core.lifecycle.kind import LATER, NOW, World, booted, job, life, listing, phases, records, until

KILLED = KilledBy("alice", NOW)
ENDED_LOOP = job(JobType.LOOP, state=RecordState.FINISHED)


def exit_of(first: m.Moment, world: World | None = None) -> int | None:
    return list(life(first, world))[-1].exit_code


def effects_of(first: m.Moment, world: World | None = None) -> list[e.Effect]:
    return [effect for step in life(first, world) for effect in step.effects]


def paths(entries: object) -> set[bytes]:
    return {entry.path for entry in entries}  # type: ignore[attr-defined]


# --- as planned -------------------------------------------------------------------------------------------------------


def test_a_standard_job_on_scratch() -> None:
    steps = list(life(booted(job())))
    assert phases(iter(steps)) == [
        Phase.CLAIM, Phase.SURVEY, Phase.STAGE, Phase.START, Phase.EXECUTE, Phase.NOTE_CODE, Phase.CODE,
        Phase.LEFTOVERS, Phase.SORT, Phase.TRANSFER, Phase.PROOF, Phase.CLOSE, Phase.REMOVE, Phase.END,
    ]  # fmt: skip
    assert [(r.state, r.script_exit_code) for r in records(iter(steps))] == [
        (RecordState.QUEUED, None),
        (RecordState.RUNNING, None),
        (RecordState.RUNNING, 0),
        (RecordState.FINISHED, 0),
    ]
    last = records(iter(steps))[-1]
    assert (last.delivered, last.completion_time, last.exit_code) == (LATER, LATER, 0)
    assert (last.work_dir, last.main_node, last.all_nodes) == ("/scratch/job_1", "desk", pvector(["desk"]))
    assert steps[-1].exit_code == 0 and not steps[-1].effects


def test_only_what_the_script_made_or_changed_comes_home_and_all_of_it_is_proved() -> None:
    effects = effects_of(booted(job()))
    (place,) = (x for x in effects if isinstance(x, e.Place))
    assert paths(place.entries) == {b"job0001.xtc", b"log", b"run.out", b"run+0001.out"}
    assert paths(place.before) == {b"run.sh", b"in.dat"}
    (proof,) = (x.proof for x in effects if isinstance(x, e.NoteProof))
    assert paths(proof) == paths(World().work)


def test_the_record_says_finished_before_the_working_directory_goes() -> None:
    effects = effects_of(booted(job()))
    closed = next(n for n, x in enumerate(effects) if isinstance(x, e.WriteRecord) and x.job.delivered)
    assert closed < next(n for n, x in enumerate(effects) if isinstance(x, e.RemoveTree))


@pytest.mark.parametrize(("code", "exit_code", "state"), [(1, 1, "failed"), (42, 42, "failed"), (143, 143, "failed")])
def test_a_failed_script_brings_home_its_output_only_and_keeps_the_working_directory(
    code: int, exit_code: int, state: str
) -> None:
    steps = list(life(booted(job()), World(code=code)))
    (place,) = (x for step in steps for x in step.effects if isinstance(x, e.Place))
    assert paths(place.entries) == {b"run.out"} and b"run.out" in place.always
    assert not any(isinstance(x, e.RemoveTree | e.NoteProof | e.SubmitJob) for step in steps for x in step.effects)
    last = records(iter(steps))[-1]
    assert (last.state, last.exit_code, last.delivered) == (state, code, None)
    assert last.failure is not None
    assert last.failure.number == (Reason.SCRIPT_DIED if code > 128 else Reason.SCRIPT_FAILED).number
    assert steps[-1].exit_code == exit_code


def test_a_loop_job_archives_its_cycle_and_goes_on() -> None:
    steps = list(life(booted(job(JobType.LOOP))))
    effects = [x for step in steps for x in step.effects]
    archived, home = (x for x in effects if isinstance(x, e.Place))
    assert (archived.dst.path, paths(archived.entries)) == ("/home/alice/job/storage", {b"job0001.xtc"})
    assert paths(home.entries) == {b"log", b"run.out", b"run+0001.out"}
    assert [x.at.path for x in effects if isinstance(x, e.Create)] == ["/home/alice/job/storage/job0002.init"]
    (created,) = (x for x in effects if isinstance(x, e.CreateRecord))
    assert created.at.path == "/home/alice/job/run+0002.qqinfo"
    assert created.job.loop is not None and created.job.loop.current == 2
    assert (created.job.job_id, created.job.previous, created.job.attempt) == (None, "1.local", 1)
    (submit,) = (x for x in effects if isinstance(x, e.SubmitJob))
    assert submit.after == "1.local"
    linked, next_one = records(iter(steps))[-2:]
    assert (linked.resubmitted_as, next_one.job_id, next_one.job_name) == ("2.local", "2.local", "run+0002.sh")
    assert steps[-1].exit_code == 0


@pytest.mark.parametrize(
    ("said", "hosts"),
    [
        ([], ["working"]),
        (["working"], ["working"]),
        (["input", "gate"], ["desk", "gate"]),
        (["gate", "node7", "input"], ["gate", "working", "desk"]),
    ],
)
def test_the_next_cycle_is_submitted_from_where_the_user_says(said: list[str], hosts: list[str]) -> None:
    record = replace(job(JobType.LOOP), resubmit_from=pvector(said), input_machine="desk")
    moment = replace(booted(record), host="node7", input_shared=True)
    asked = [x for x in effects_of(moment) if isinstance(x, e.FindJob | e.SubmitJob)]
    assert [x.hosts for x in asked] == [tuple(hosts)] * 2
    assert isinstance(asked[1], e.SubmitJob) and asked[1].shared


def test_the_runtime_files_of_the_last_cycle_are_archived_before_anything_is_copied() -> None:
    second = job(JobType.LOOP)
    assert second.loop is not None
    effects = effects_of(booted(replace(second, job_name="run+0002.sh", loop=replace(second.loop, current=2))))
    (moved,) = (x for x in effects if isinstance(x, e.MoveRuntime))
    assert dict(moved.moves)["run+0001.out"] == (
        "/home/alice/job/storage/job0001.out",
        "/home/alice/job/storage/run+0001.out",
    )
    assert effects.index(moved) < next(n for n, x in enumerate(effects) if isinstance(x, e.Copy))


def test_a_next_record_is_created_only_while_the_own_one_stands_and_the_next_was_not_archived() -> None:
    (created,) = (x for x in effects_of(booted(job(JobType.LOOP))) if isinstance(x, e.CreateRecord))
    assert created.guard is not None
    assert (created.guard.record.path, created.guard.token) == ("/home/alice/job/run+0001.qqinfo", "t0k3n")
    assert [at.path for at in created.moved_to] == [
        "/home/alice/job/storage/job0002.qqinfo",
        "/home/alice/job/storage/run+0002.qqinfo",
    ]


def test_the_last_cycle_leaves_the_file_by_which_the_loop_can_be_extended() -> None:
    last = job(JobType.LOOP)
    assert last.loop is not None
    effects = effects_of(booted(replace(last, loop=replace(last.loop, end=1))))
    assert any(isinstance(x, e.Create) for x in effects)
    assert not any(isinstance(x, e.SubmitJob | e.CreateRecord | e.FindJob) for x in effects)


def test_95_ends_the_chain_as_a_success() -> None:
    steps = list(life(booted(job(JobType.LOOP)), World(code=95)))
    last = records(iter(steps))[-1]
    assert (last.state, last.exit_code, last.script_exit_code) == (RecordState.FINISHED, 0, 95)
    assert not any(isinstance(x, e.SubmitJob) for step in steps for x in step.effects)
    assert steps[-1].exit_code == 0


def test_in_the_input_directory_nothing_is_copied_home_and_only_changed_files_are_archived() -> None:
    world = World(work=listing("run.sh", "in.dat", kind.file("job0001.xtc", 5), "job0001.old"))
    world.staged = listing("run.sh", "in.dat", "job0001.old")
    steps = list(life(booted(kind.in_place(job(JobType.LOOP))), world))
    (place,) = (x for step in steps for x in step.effects if isinstance(x, e.Place))
    assert paths(place.entries) == {b"job0001.xtc"}
    assert any(isinstance(x, e.RemoveMark) for step in steps for x in step.effects)
    assert records(iter(steps))[-2].delivered is None


def test_on_scratch_the_unchanged_files_of_the_cycle_are_archived_too_but_replace_nothing() -> None:
    world = World(staged=listing("run.sh", "job0001.tpr", "job0002.old"))
    world.work = listing("run.sh", "job0001.tpr", "job0002.old", kind.file("job0002.cpt", 9))
    archived = next(x for x in effects_of(booted(job(JobType.LOOP)), world) if isinstance(x, e.Place))
    assert paths(archived.entries) == {b"job0001.tpr", b"job0002.cpt"}
    assert archived.keep == {b"job0001.tpr"}


def test_what_was_not_replaced_in_the_archive_is_not_removed_either() -> None:
    world = World(staged=listing("run.sh", "job0001.tpr"), work=listing("run.sh", "job0001.tpr"))
    world.unlike[e.Place] = lambda _place: m.Placed(kept=(b"job0001.tpr",))
    assert not any(isinstance(x, e.RemoveFiles) for x in effects_of(booted(job(JobType.LOOP)), world))


def test_a_continuous_job_takes_the_place_of_its_own_record() -> None:
    steps = list(life(booted(job(JobType.CONTINUOUS))))
    assert not any(isinstance(x, e.CreateRecord) for step in steps for x in step.effects)
    own, replaced = records(iter(steps))[-2:]
    assert own.resubmitted_as == "2.local"
    assert (replaced.job_id, replaced.state, replaced.previous) == ("2.local", RecordState.QUEUED, "1.local")
    assert replaced.earlier_work_dirs == pvector([WorkDir("desk", "/scratch/job_1", "t0k3n")])


def test_a_continuous_job_that_boots_before_its_record_was_replaced_replaces_it_itself() -> None:
    first = replace(
        job(JobType.CONTINUOUS), state=RecordState.FINISHED, script_exit_code=0, work_dir="/scratch/x", main_node="desk"
    )
    step = decide(None, booted(first, token=next_token(first), job_id="2.local"))
    (write,) = step.effects
    assert isinstance(write, e.WriteRecord)
    assert (write.job.job_id, write.job.previous, write.job.work_dir) == ("2.local", "1.local", "/scratch/job_1")
    assert write.expects == kind.version(first)


def test_what_the_run_before_ended_with_is_not_known_of_the_one_that_takes_its_record() -> None:
    first = replace(
        job(JobType.CONTINUOUS), state=RecordState.FINISHED, script_exit_code=0, work_dir="/scratch/x", main_node="desk"
    )
    step = until(Phase.STAGE, booted(first, token=next_token(first), job_id="2.local"))
    failed = records(iter(rest(decide(step.run, kind.failed(step)))))[-1]
    assert (failed.state, failed.script_exit_code) == (RecordState.FAILED, None)


def test_included_paths_are_fetched_and_changes_in_them_are_named() -> None:
    record = replace(job(), included=pvector(["/data/ff"]))
    world = World(staged=listing("run.sh", "ff"), work=listing("run.sh", kind.file("ff", changed=9)))
    effects = effects_of(booted(record), world)
    assert e.Include(None, pvector(["/data/ff"]), e.Location("/scratch/job_1")) in effects
    assert any(isinstance(x, e.Say) and "included ff" in x.words for x in effects)
    closed = [x.job for x in effects if isinstance(x, e.WriteRecord)][-1]
    assert any("included ff" in line for line in closed.notes)
    (tree,) = (x for x in effects if isinstance(x, e.RemoveTree))
    assert tree.unproved == (b"ff",)


def test_what_a_user_should_know_is_said_in_order_noted_once_and_not_of_results_that_stay() -> None:
    record = replace(job(), included=pvector(["/data/ff"]))
    work = listing("run.sh", kind.file("ff", changed=9), kind.file("log", 6))
    world = World(staged=listing("run.sh", "ff"), work=work)
    world.unlike[e.Place] = lambda _x: m.Placed(aside=((b"log", b"log.1"),))
    effects = effects_of(booted(record), world)
    notes = [x.job for x in effects if isinstance(x, e.WriteRecord)][-1].notes
    assert ["log.1" in notes[0], "included ff" in notes[1], len(notes)] == [True, True, 2]
    assert [x.words for x in effects if isinstance(x, e.Say) and x.words in notes] == list(notes)
    again = records(life(booted(replace(record, notes=notes)), world))[-1]
    assert again.notes == notes
    failed = records(life(booted(record), replace(world, code=3)))[-1]
    assert not any("included ff" in line for line in failed.notes)


def test_a_mark_of_another_job_says_nothing_of_this_one() -> None:
    lost = replace(job(), state=RecordState.RUNNING, work_dir="/scratch/job_1", main_node="desk", start_time=NOW)
    theirs = replace(kind.mark("another", 0, work=listing(), home=listing()), exit_code=0)
    world = World(unlike={e.ReadMark: lambda _x: m.MarkRead(theirs, work_dir_exists=True)})
    step = until(Phase.INSPECT, booted(lost))
    assert decide(step.run, world.done(step)).run.phase is Phase.CLAIM  # type: ignore[union-attr]
    own = World(unlike={e.ReadMark: lambda _x: m.MarkRead(replace(theirs, token="t0k3n"), work_dir_exists=True)})
    assert decide(step.run, own.done(step)).run.phase is Phase.CODE  # type: ignore[union-attr]


def test_after_the_end_nothing_more_can_happen() -> None:
    end = list(life(booted(job())))[-1]
    assert decide(end.run, m.Done((), LATER)).exit_code == BUG


def test_a_file_that_was_kept_aside_is_named_in_the_record() -> None:
    world = World(unlike={e.Place: lambda _x: m.Placed(aside=((b"log", b"log.before-run.sh-1.local"),))})
    closed = [x.job for x in effects_of(booted(job()), world) if isinstance(x, e.WriteRecord)][-1]
    assert "log.before-run.sh-1.local" in closed.notes[0]


def test_what_is_not_shared_is_reached_at_the_input_machine() -> None:
    effects = effects_of(booted(job(JobType.LOOP), host="node1", input_shared=False, nodes=pvector(["node1"])))
    copy = next(x for x in effects if isinstance(x, e.Copy))
    assert (copy.src.host, copy.dst.host) == ("desk", None)
    assert all(x.at.host == "desk" for x in effects if isinstance(x, e.CreateRecord))


# --- beginning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (booted(job(), token="another"), NO_RECORD),
        (booted(job(), batch_system="Slurm"), NO_RECORD),
        (booted(job(), token=None, job_id="7.local"), NO_RECORD),
        (booted(ENDED_LOOP, token=next_token(ENDED_LOOP)), NO_RECORD),
        (booted(job(JobType.CONTINUOUS), token=next_token(job(JobType.CONTINUOUS))), NO_RECORD),
        (booted(job(), job_id="7.local"), NOT_OURS),
        (booted(replace(job(), killed_by=KILLED)), NOT_OURS),
    ],
)
def test_a_record_that_is_not_ours_is_left_alone(first: m.Booted, code: int) -> None:
    assert (decide(None, first).exit_code, len(decide(None, first).effects)) == (code, 0)


def test_a_job_may_start_before_its_record_has_its_id() -> None:
    (write,) = decide(None, booted(replace(job(), job_id=None))).effects
    assert isinstance(write, e.WriteRecord) and write.job.job_id == "1.local"


def test_a_requeued_job_is_a_new_attempt_in_a_fresh_directory_and_remembers_the_old_one() -> None:
    lost = replace(job(), state=RecordState.RUNNING, work_dir="/scratch/job_1", main_node="desk", start_time=NOW)
    step = until(Phase.CLAIM, booted(lost, taken=frozenset({1, 2})))
    (write,) = step.effects
    assert isinstance(write, e.WriteRecord)
    assert (write.job.attempt, write.job.work_dir) == (2, "/scratch/job_1.3")
    assert write.job.earlier_work_dirs == pvector([WorkDir("desk", "/scratch/job_1")])
    assert (write.job.state, write.job.start_time) == (RecordState.QUEUED, None)


def test_a_requeued_job_whose_code_is_known_does_not_run_again() -> None:
    lost = replace(job(), state=RecordState.RUNNING, work_dir="/scratch/job_1", main_node="desk")
    world = World(unlike={e.ReadMark: lambda _x: m.MarkRead(kind.mark(code=0, work=listing(), home=listing()), True)})
    for record in (replace(lost, script_exit_code=0), lost):
        steps = list(life(booted(record), world))
        assert Phase.EXECUTE not in phases(iter(steps))
        assert records(iter(steps))[-1].state is RecordState.FINISHED


def test_a_finished_job_that_is_started_again_does_what_is_missing() -> None:
    done = replace(
        job(JobType.LOOP), state=RecordState.FINISHED, script_exit_code=0, exit_code=0, work_dir="/scratch/x"
    )
    assert decide(None, booted(done)).effects == (e.FindJob(next_token(done), "local", ("working",)),)
    linked = replace(done, resubmitted_as="2.local", delivered=NOW)
    assert [type(x) for x in decide(None, booted(linked)).effects] == [e.RemoveTree]
    assert decide(None, booted(replace(linked, delivered=None))).exit_code == 0


def test_earlier_directories_that_are_gone_leave_the_record() -> None:
    here, there = WorkDir("desk", "/scratch/a"), WorkDir("node7", "/scratch/a")
    record = replace(job(), earlier_work_dirs=pvector([here, there]))
    world = World(unlike={e.ReadMark: lambda x: m.MarkRead(None, work_dir_exists=x.work_dir != "/scratch/a")})
    running = next(r for r in records(life(booted(record), world)) if r.state is RecordState.RUNNING)
    assert running.earlier_work_dirs == pvector([there])


def test_without_scratch_or_nodes_the_job_fails_and_says_why() -> None:
    steps = list(life(booted(job(job_id=None), scratch=None)))
    assert steps[-1].exit_code == TROUBLE
    (record,) = records(iter(steps))
    assert record.failure is not None and record.failure.number == Reason.NO_SCRATCH.number
    assert record.job_id == "1.local"
    wide = replace(job(), resources=Resources(work_dir="scratch_local", nnodes=2))
    assert exit_of(booted(wide, nodes=pvector())) == TROUBLE
    unknown = records(life(booted(wide, nodes=pvector())))[-1].failure
    assert unknown is not None and unknown.number == Reason.NO_NODES.number
    both = records(life(booted(wide, nodes=pvector(["desk", "other"]))))[1]
    assert both.all_nodes == pvector(["desk", "other"])
    for number in (1, None):
        alone = replace(job(), resources=replace(job().resources, nnodes=number))
        assert records(life(booted(alone, nodes=pvector())))[1].all_nodes == pvector(["desk"])
    lost = replace(job(), state=RecordState.RUNNING, work_dir="/scratch/job_1", main_node="desk", start_time=NOW)
    again = records(life(booted(lost, scratch=None)))[-1].failure
    assert again is not None and again.number == Reason.NO_SCRATCH.number


@pytest.mark.parametrize(
    ("state", "code"), [(RecordState.FINISHED, 0), (RecordState.FAILED, 91), (RecordState.RUNNING, 91)]
)
def test_a_cycle_starts_only_if_the_one_before_it_finished(state: RecordState, code: int) -> None:
    before = replace(job(JobType.LOOP), state=state, failure=kind.TROUBLED if state is RecordState.FAILED else None)
    world = World(unlike={e.ReadRecord: lambda _x: m.RecordFound(before)})
    steps = list(life(booted(job(JobType.LOOP)), world))
    assert steps[-1].exit_code == code
    if code:
        failure = records(iter(steps))[-1].failure
        assert failure is not None and failure.words.startswith(f"cycle 1 is {state}")
        assert failure.number == Reason.PREVIOUS_NOT_FINISHED.number
        assert not any(isinstance(x, e.MoveRuntime) for step in steps for x in step.effects)


def test_an_input_directory_that_is_gone_is_named() -> None:
    world = World(unlike={e.List: lambda _x: m.Listed(None)})
    failure = records(life(booted(job()), world))[-1].failure
    assert failure is not None and failure.number == Reason.INPUT_DIR_GONE.number


# --- failing ----------------------------------------------------------------------------------------------------------


def after_failure(phase: Phase, reason: Reason, record: JobInfo | None = None) -> list[Step]:
    step = until(phase, booted(record or job(JobType.LOOP)))
    steps = [decide(step.run, kind.failed(step, reason))]
    while steps[-1].exit_code is None:
        steps.append(decide(steps[-1].run, World().done(steps[-1])))
    return steps


@pytest.mark.parametrize(
    ("phase", "reason", "becomes"),
    [
        (Phase.STAGE, Reason.NO_SPACE, Reason.SCRATCH_FULL),
        (Phase.STAGE, Reason.IO_ERROR, Reason.STAGE_IN),
        (Phase.STAGE, Reason.INCLUDED_MISSING, Reason.INCLUDED_MISSING),
        (Phase.EXECUTE, Reason.INTERPRETER_MISSING, Reason.INTERPRETER_MISSING),
        (Phase.ARCHIVE, Reason.IO_ERROR, Reason.ARCHIVING),
        (Phase.TRANSFER, Reason.NO_SPACE, Reason.HOME_FULL),
        (Phase.PROOF, Reason.NO_SPACE, Reason.NO_ROOM_FOR_PROOF),
        (Phase.TRANSFER, Reason.IO_ERROR, Reason.COPY_HOME),
        (Phase.TRANSFER, Reason.NOT_VERIFIED, Reason.NOT_VERIFIED),
    ],
)
def test_every_failure_has_its_reason_and_deletes_nothing(phase: Phase, reason: Reason, becomes: Reason) -> None:
    steps = after_failure(phase, reason)
    assert steps[-1].exit_code == TROUBLE
    last = records(iter(steps))[-1]
    assert last.failure is not None and last.failure.number == becomes.number
    assert (last.state, last.exit_code) == (RecordState.FAILED, 91)
    assert not any(isinstance(x, e.RemoveTree | e.RemoveFiles) for step in steps for x in step.effects)
    assert any(isinstance(x, e.Place) and x.always for step in steps for x in step.effects), "stdout comes home"


def test_the_scripts_own_code_is_kept_when_its_results_cant_come_home() -> None:
    last = records(iter(after_failure(Phase.TRANSFER, Reason.NO_SPACE)))[-1]
    assert (last.script_exit_code, last.delivered) == (0, None)


def test_a_working_directory_that_is_gone_is_a_failure() -> None:
    world = World(unlike={e.List: lambda x: m.Listed(None if x.at.path == "/scratch/job_1" else listing())})
    steps = list(life(booted(job()), world))
    failure = records(iter(steps))[-1].failure
    assert failure is not None and failure.number == Reason.WORK_DIR_GONE.number
    foreign = World(
        unlike={e.ReadMark: lambda _x: m.MarkRead(kind.mark("other", work=listing(), home=listing()), True)}
    )
    assert exit_of(booted(job()), foreign) == TROUBLE
    last = records(life(booted(job()), foreign))[-1].failure
    assert last is not None and "carries the mark of another job" in last.words
    after = [step.run.phase for step in life(booted(job()), foreign) if step.run is not None]
    assert after[after.index(Phase.SORT) + 1] is Phase.FAIL_RECORD  # its output may be the other job's
    in_place = World(unlike={e.List: lambda _x: m.Listed(None)})
    failure = records(life(booted(kind.in_place(job())), in_place))[-1].failure
    assert failure is not None and failure.number == Reason.INPUT_DIR_GONE.number


def test_without_a_mark_nothing_is_noted_as_proved_and_the_life_ends_well() -> None:
    world = World(unlike={e.ReadMark: lambda _x: m.MarkRead(None, work_dir_exists=True)})
    effects = effects_of(booted(job()), world)
    assert exit_of(booted(job()), world) == 0
    assert not any(isinstance(x, e.NoteProof) for x in effects)
    assert {x.path for place in effects if isinstance(place, e.Place) for x in place.entries} >= {b"log", b"in.dat"}


def test_a_code_that_cant_be_recorded_ends_with_92_and_touches_nothing() -> None:
    step = until(Phase.CODE, booted(job()))
    after = decide(step.run, kind.failed(step))
    assert [type(x) for x in after.effects] == [e.StopScript]
    assert decide(after.run, World().done(after)).exit_code == NO_RECORD


def test_a_refused_submission_takes_the_next_record_back_and_leaves_the_job_finished() -> None:
    steps = after_failure(Phase.SUBMIT, Reason.BATCH_REFUSED)
    assert [type(step.effects[0]) for step in steps[:-1]] == [e.WithdrawRecord, e.WriteRecord, e.RemoveTree]
    (noted,) = records(iter(steps))
    assert (noted.state, noted.failure and noted.failure.number) == (RecordState.FINISHED, Reason.RESUBMISSION.number)
    assert steps[-1].exit_code == TROUBLE


@pytest.mark.parametrize("phase", [Phase.LOOKUP, Phase.INTEND, Phase.SUBMIT])
def test_without_an_answer_the_next_record_stays_for_recovery(phase: Phase) -> None:
    steps = after_failure(phase, Reason.BATCH_NOT_ANSWERING)
    assert not any(isinstance(x, e.WithdrawRecord) for step in steps for x in step.effects)
    assert steps[-1].exit_code == TROUBLE


def test_a_job_that_was_submitted_already_is_adopted() -> None:
    world = World(unlike={e.FindJob: lambda _x: m.FoundJob("2.local")})
    steps = list(life(booted(job(JobType.LOOP)), world))
    assert not any(isinstance(x, e.SubmitJob) for step in steps for x in step.effects)
    assert any(r.resubmitted_as == "2.local" for r in records(iter(steps)))


def test_a_next_record_that_exists_is_adopted_or_left_alone_by_its_token() -> None:
    step = until(Phase.INTEND, booted(job(JobType.LOOP)))
    assert step.run is not None and step.run.next_job is not None
    own = decide(step.run, kind.refused(step, step.run.next_job))
    assert [type(x) for x in own.effects] == [e.SubmitJob]
    (linked,) = (x for x in rest(own)[2].effects if isinstance(x, e.WriteRecord))
    assert (linked.job.job_id, linked.expects.digest) == ("2.local", "other")
    claimed = decide(step.run, kind.refused(step, replace(step.run.next_job, job_id="2.local")))
    assert claimed.run is not None and claimed.run.phase is Phase.LINK
    other = decide(step.run, kind.refused(step, replace(step.run.next_job, token="other")))
    assert [type(x) for x in other.effects] == [e.Say, e.RemoveTree]


@pytest.mark.parametrize(
    ("count", "words"),
    [(5, "f0, f1, f2, f3, f4 (not"), (6, "f0, f1, f2, f3, f4 and 1 more (not"), (7, "f4 and 2 more (not")],
)
def test_a_directory_that_is_kept_is_named(count: int, words: str) -> None:
    kept = m.Removed(tuple(b"f%d" % n for n in range(count)))
    world = World(unlike={e.RemoveTree: lambda _x: kept})
    said = [x.words for x in effects_of(booted(job()), world) if isinstance(x, e.Say)]
    assert words in said[-1]


def test_a_directory_that_cant_be_removed_is_named() -> None:
    step = until(Phase.REMOVE, booted(job()))
    (words,) = decide(step.run, kind.failed(step)).effects
    assert isinstance(words, e.Say) and "qq wipe" in words.words


def rest(step: Step, world: World | None = None, until: Phase | None = None) -> list[Step]:
    """This step and all that follow in a kind world, up to this phase."""
    steps = [step]
    while steps[-1].exit_code is None and (steps[-1].run is None or steps[-1].run.phase is not until):
        steps.append(decide(steps[-1].run, (world or World()).done(steps[-1])))
    return steps


# --- refused ----------------------------------------------------------------------------------------------------------


def test_what_others_add_to_the_record_is_taken_over() -> None:
    step = until(Phase.START, booted(replace(job(), job_id=None)))
    assert step.run is not None
    disk = replace(step.run.disk, unknown=pmap({"comment": "mine"}))
    (write,) = decide(step.run, kind.refused(step, disk)).effects
    assert isinstance(write, e.WriteRecord)
    assert write.job.unknown == disk.unknown and write.job.state is RecordState.RUNNING
    assert write.expects.digest == "other"


def test_taking_over_is_bounded() -> None:
    step = until(Phase.START, booted(job()))
    for _ in range(20):
        assert step.run is not None
        if step.run.phase is not Phase.START:
            break
        step = decide(step.run, kind.refused(step, step.run.disk))
    assert rest(step)[-1].exit_code == NOT_OURS


def test_a_users_kill_is_seen_in_the_record() -> None:
    claim = until(Phase.CLAIM, booted(job()))
    assert decide(claim.run, kind.refused(claim, replace(job(), killed_by=KILLED))).exit_code == NOT_OURS
    code = until(Phase.CODE, booted(job()))
    assert code.run is not None
    step = decide(code.run, kind.refused(code, replace(code.run.disk, killed_by=KILLED)))
    (write,) = step.effects
    assert isinstance(write, e.WriteRecord) and write.hurried
    assert (write.job.state, write.job.script_exit_code) == (RecordState.KILLED, 0)
    while step.exit_code is None:
        step = decide(step.run, World().done(step))
    assert step.exit_code == NOT_OURS


def test_a_foreign_record_stops_the_script_and_nothing_comes_home() -> None:
    step = until(Phase.CODE, booted(job()))
    for disk in (None, replace(job(), token="other"), replace(job(), attempt=2), replace(job(), job_id="7.local")):
        after = decide(step.run, kind.refused(step, disk))
        assert [type(x) for x in after.effects] == [e.StopScript]
        steps = rest(after)
        assert steps[-1].exit_code == (NO_RECORD if disk is None else NOT_OURS)
        assert not any(isinstance(x, e.Copy | e.RemoveTree | e.WriteRecord) for each in steps for x in each.effects)


@pytest.mark.parametrize("phase", [Phase.CLAIM, Phase.START, Phase.CODE, Phase.CLOSE])
def test_without_a_record_it_ends_with_92(phase: Phase) -> None:
    step = until(phase, booted(job()))
    assert rest(decide(step.run, kind.refused(step, None)))[-1].exit_code == NO_RECORD


def test_a_life_that_comes_too_late_takes_away_what_it_made_for_nothing() -> None:
    step = until(Phase.START, booted(job(JobType.LOOP)))
    unmade, *others = rest(decide(step.run, kind.refused(step, replace(job(JobType.LOOP), attempt=2))))
    assert [type(x) for x in unmade.effects] == [e.NoteProof, e.RemoveTree]
    assert isinstance(unmade.effects[0], e.NoteProof) and paths(unmade.effects[0].proof) == {b"run.sh", b"in.dat"}
    assert [type(x) for each in others for x in each.effects] == [e.ReadRecord, e.ClearTemporary, e.ClearTemporary]
    assert others[-1].exit_code == NOT_OURS


def test_in_the_input_directory_only_its_mark_was_made_for_nothing() -> None:
    step = until(Phase.START, booted(kind.in_place(job())))
    steps = rest(decide(step.run, kind.refused(step, replace(job(), token="other"))))
    assert [type(x) for each in steps for x in each.effects] == [e.ReadRecord, e.ClearTemporary, e.RemoveMark]


def test_in_the_input_directory_the_mark_stays_once_the_script_ran() -> None:
    step = until(Phase.CODE, booted(kind.in_place(job())))
    steps = rest(decide(step.run, kind.refused(step, replace(job(), token="other"))))
    assert [type(x) for each in steps for x in each.effects] == [e.StopScript, e.ReadRecord, e.ClearTemporary]


@pytest.mark.parametrize(
    ("found", "tidied"),
    [
        (None, True),
        (job(token="other"), True),
        (job(state=RecordState.FINISHED), True),
        (job(state=RecordState.RUNNING, attempt=2), False),
        (job(state=RecordState.FAILED, failure=kind.TROUBLED), False),
    ],
)
def test_temporary_names_stay_while_another_attempt_may_need_them(found: JobInfo | None, tidied: bool) -> None:
    step = until(Phase.START, booted(job()))
    world = World(unlike={e.ReadRecord: lambda _x: m.RecordFound(found)})
    steps = rest(decide(step.run, kind.refused(step, replace(job(), attempt=2))), world)
    assert any(isinstance(x, e.ClearTemporary) for each in steps for x in each.effects) is tidied
    assert steps[-1].exit_code == NOT_OURS


def test_a_failure_of_a_job_that_is_anothers_by_now_is_not_written() -> None:
    step = until(Phase.STAGE, booted(job()))
    failing = rest(decide(step.run, kind.failed(step)), until=Phase.FAIL_RECORD)[-1]
    assert rest(decide(failing.run, kind.refused(failing, replace(job(), attempt=2))))[-1].exit_code == NOT_OURS


def test_a_record_that_became_anothers_while_a_file_was_placed_ends_the_life() -> None:
    step = until(Phase.TRANSFER, booted(job()))
    after = decide(step.run, kind.failed(step, Reason.DISOWNED))
    assert [type(x) for x in after.effects] == [e.StopScript]
    assert rest(after)[-1].exit_code == NOT_OURS


# --- terminated -------------------------------------------------------------------------------------------------------


def test_a_terminated_script_is_told_first_then_the_record_then_its_output_comes_home() -> None:
    step = until(Phase.EXECUTE, booted(job(JobType.LOOP)))
    steps = [decide(step.run, kind.terminated())]
    while steps[-1].exit_code is None:
        steps.append(decide(steps[-1].run, World().done(steps[-1])))
    kinds = [type(x) for s in steps for x in s.effects]
    assert kinds[:4] == [e.SignalScript, e.WriteRecord, e.StopScript, e.List]
    assert e.SubmitJob not in kinds and e.RemoveTree not in kinds
    (record,) = records(iter(steps))
    assert (record.state, record.exit_code, record.script_exit_code) == (RecordState.KILLED, None, None)
    assert steps[-1].exit_code == 143


@pytest.mark.parametrize("phase", [Phase.CODE, Phase.SORT, Phase.ARCHIVE, Phase.TRANSFER, Phase.PROOF])
def test_terminated_while_bringing_home_keeps_the_code(phase: Phase) -> None:
    step = until(phase, booted(job(JobType.LOOP)))
    (write,) = decide(step.run, kind.terminated()).effects
    assert isinstance(write, e.WriteRecord) and write.hurried
    assert (write.job.state, write.job.script_exit_code) == (RecordState.KILLED, 0)


@pytest.mark.parametrize(
    ("phase", "code"),
    [(Phase.CLOSE, 143), (Phase.LOOKUP, 143), (Phase.SUBMIT, 143), (Phase.LINK, 0), (Phase.REMOVE, 0)],
)
def test_a_signal_after_the_end(phase: Phase, code: int) -> None:
    step = until(phase, booted(job(JobType.LOOP)))
    steps = [decide(step.run, kind.terminated())]
    while steps[-1].exit_code is None:
        steps.append(decide(steps[-1].run, World().done(steps[-1])))
    assert steps[-1].exit_code == code


def test_the_cause_of_a_kill_is_recorded_as_far_as_it_is_known() -> None:
    step = until(Phase.EXECUTE, booted(job()))
    after = decide(step.run, m.Terminated(15, (), NOW))
    assert after.run is not None
    (first,) = decide(after.run, m.Done((m.Ok(),), NOW)).effects
    (late,) = decide(after.run, m.Done((m.Ok(),), LATER + timedelta(hours=2))).effects
    known = decide(replace(after.run, job=replace(after.run.job, killed_by=KILLED)), m.Done((m.Ok(),), NOW))
    resources = replace(after.run.job.resources, walltime=None)
    endless = replace(after.run, job=replace(after.run.job, resources=resources))
    (last,) = decide(endless, m.Done((m.Ok(),), LATER + timedelta(hours=2))).effects
    numbers = [x.job.failure and x.job.failure.number for x in (first, late, last, *known.effects)]  # type: ignore[union-attr]
    assert numbers == [x.number for x in (Reason.TERMINATED, Reason.WALLTIME, Reason.TERMINATED, Reason.KILLED_BY_USER)]


def test_a_killed_record_that_another_wrote_is_not_fought_over() -> None:
    step = until(Phase.EXECUTE, booted(job()))
    signal = decide(step.run, kind.terminated())
    write = decide(signal.run, World().done(signal))
    assert write.run is not None
    ended = decide(write.run, kind.refused(write, replace(write.run.disk, state=RecordState.KILLED)))
    assert [type(x) for x in ended.effects] == [e.StopScript]
    foreign = decide(write.run, kind.refused(write, replace(write.run.disk, token="other")))
    assert foreign.run is not None and foreign.run.phase is Phase.DISOWN
    again = decide(write.run, kind.refused(write, replace(write.run.disk, killed_by=KILLED)))
    assert [type(x) for x in again.effects] == [e.WriteRecord]


# --- recovery ---------------------------------------------------------------------------------------------------------

LOST = replace(
    job(JobType.LOOP), state=RecordState.RUNNING, work_dir="/scratch/job_1", main_node="desk", start_time=NOW
)


def test_a_known_code_is_brought_to_the_end_resubmission_included() -> None:
    for record in (
        replace(LOST, script_exit_code=0),
        replace(LOST, script_exit_code=0, state=RecordState.FAILED, failure=kind.TROUBLED, exit_code=91),
        replace(LOST, script_exit_code=0, state=RecordState.KILLED),
    ):
        steps = list(life(kind.recovering(record)))
        assert records(iter(steps))[0].state is RecordState.FINISHED
        (submit,) = (x for step in steps for x in step.effects if isinstance(x, e.SubmitJob))
        assert submit.after is None


def test_a_job_that_the_user_killed_is_completed_but_not_resubmitted() -> None:
    record = replace(LOST, script_exit_code=0, state=RecordState.KILLED, killed_by=KILLED)
    steps = list(life(kind.recovering(record)))
    assert records(iter(steps))[-1].state is RecordState.FINISHED
    assert not any(isinstance(x, e.SubmitJob) for step in steps for x in step.effects)


def test_a_lost_job_is_queued_again_under_the_same_token_without_its_id() -> None:
    theirs = World(unlike={e.ReadMark: lambda _x: m.MarkRead(kind.mark("other", work=listing(), home=listing()), True)})
    through = [step.run.phase for step in life(kind.recovering(LOST), theirs) if step.run is not None]
    assert through[:2] == [Phase.INSPECT, Phase.RESTART_RECORD]  # what stands there is another's
    steps = list(life(kind.recovering(LOST)))
    queued, linked = records(iter(steps))
    assert (queued.job_id, queued.attempt, queued.state, queued.work_dir) == (None, 2, RecordState.QUEUED, None)
    assert queued.earlier_work_dirs == pvector([WorkDir("desk", "/scratch/job_1")])
    assert queued.token == LOST.token and linked.job_id == "2.local"
    assert phases(iter(steps))[:2] == [Phase.INSPECT, Phase.RESTART_LOOK]


@pytest.mark.parametrize(
    ("reason", "after", "requeued"),
    [
        (Reason.HOST_UNREACHABLE, Phase.RESTART_LOOK, Phase.CLAIM),
        (Reason.TOOL_MISSING, Phase.END, Phase.END),
        (Reason.PERMISSION, Phase.END, Phase.END),
        (Reason.IO_ERROR, Phase.END, Phase.END),
    ],
)
def test_a_mark_that_is_there_but_can_not_be_read_may_hold_a_code(
    reason: Reason, after: Phase, requeued: Phase
) -> None:
    """Only a host that is lost has its attempt given up; anything else may be mended, and the record stays."""
    for begun, phase in ((kind.recovering(LOST), after), (booted(LOST, job_id=LOST.job_id), requeued)):
        step = until(Phase.INSPECT, begun)
        failed = decide(step.run, m.EffectFailed(step.effects[-1], Trouble(reason, "can't"), (), LATER))
        assert failed.run is not None and failed.run.phase is phase
        assert (failed.exit_code, failed.effects) == (TROUBLE, ()) or phase is not Phase.END


def test_a_mark_of_an_earlier_attempt_that_can_not_be_read_keeps_no_job_from_starting() -> None:
    """What is not seen to be gone stays named."""
    dirs = pvector(WorkDir("desk", path) for path in ("/scratch/a", "/scratch/b", "/scratch/c"))
    step = until(Phase.SURVEY, booted(replace(job(), earlier_work_dirs=dirs)))
    *before, _gone, unread, _unasked = step.effects
    seen = World().done(step).answers[: len(before)]
    gone = m.MarkRead(None, work_dir_exists=False)
    failed = m.EffectFailed(unread, Trouble(Reason.PERMISSION, "can't"), (*seen, gone), LATER)
    stage = decide(step.run, failed)
    assert stage.run is not None and stage.run.phase is Phase.STAGE and stage.run.gone == ("/scratch/a",)
    other = m.EffectFailed(before[-1], Trouble(Reason.PERMISSION, "can't"), seen[:-1], LATER)
    assert decide(step.run, other).run.phase is Phase.FAIL_LOOK  # type: ignore[union-attr]


def test_nothing_starts_anew_unless_that_was_agreed_to() -> None:
    """The plan that was shown had a code in it, and now the node is lost."""
    step = until(Phase.INSPECT, kind.recovering(LOST, may_restart=False))
    for moment in (
        m.EffectFailed(step.effects[-1], Trouble(Reason.HOST_UNREACHABLE, "down"), (), LATER),
        m.Done((m.MarkRead(None, work_dir_exists=False),), LATER),
    ):
        ended = decide(step.run, moment)
        assert (ended.exit_code, ended.effects) == (TROUBLE, ())


def test_a_job_that_was_never_submitted_is_submitted() -> None:
    steps = list(life(kind.recovering(replace(job(), job_id=None))))
    assert [type(x) for step in steps for x in step.effects] == [e.WriteRecord, e.SubmitJob, e.WriteRecord]
    step = until(Phase.RESTART_SUBMIT, kind.recovering(replace(job(), job_id=None)))
    words, end = decide(step.run, kind.failed(step)), None
    assert isinstance(words.effects[0], e.Say) and "it broke" in words.effects[0].words
    end = decide(words.run, World().done(words))
    assert end.exit_code == TROUBLE


@pytest.mark.parametrize("state", [RecordState.KILLED, RecordState.FAILED])
def test_of_a_job_that_ended_without_a_code_nothing_is_recovered(state: RecordState) -> None:
    record = replace(LOST, state=state, failure=kind.TROUBLED)
    steps = list(life(kind.recovering(record)))
    assert steps[-1].exit_code == TROUBLE and not records(iter(steps))
    assert decide(None, kind.recovering(replace(record, work_dir=None))).exit_code == TROUBLE


def test_a_lost_job_that_the_user_killed_is_not_started_again() -> None:
    for record in (replace(LOST, killed_by=KILLED), replace(job(), killed_by=KILLED)):
        steps = list(life(kind.recovering(record)))
        assert steps[-1].exit_code == TROUBLE
        assert not any(isinstance(x, e.WriteRecord | e.SubmitJob) for step in steps for x in step.effects)


@pytest.mark.parametrize(
    "evidence", [NotAnswered("no"), Seen(job_id="1.local", state=BatchState.RUNNING)], ids=["not answered", "running"]
)
def test_a_job_that_may_live_is_not_recovered(evidence: Evidence) -> None:
    step = decide(None, kind.recovering(LOST, evidence))
    assert (step.exit_code, len(step.effects)) == (TROUBLE, 0)


def test_a_failed_resubmission_is_made_up_for() -> None:
    done = replace(LOST, state=RecordState.FINISHED, script_exit_code=0, exit_code=0, failure=kind.RESUBMISSION)
    steps = list(life(kind.recovering(done, Seen(job_id="1.local", state=BatchState.FAILED))))
    linked = records(iter(steps))[0]
    assert (linked.resubmitted_as, linked.failure) == ("2.local", None)


def test_where_the_node_cant_be_reached_a_known_code_is_not_touched() -> None:
    away = replace(LOST, main_node="node7", script_exit_code=0)
    step = decide(None, kind.recovering(away))
    assert isinstance(step.effects[0], e.ReadMark) and step.effects[0].at.host == "node7"
    assert decide(step.run, kind.failed(step, Reason.HOST_UNREACHABLE)).exit_code == TROUBLE
    unknown = decide(None, kind.recovering(replace(away, script_exit_code=None)))
    again = decide(unknown.run, kind.failed(unknown, Reason.HOST_UNREACHABLE))
    assert again.run is not None and again.run.phase is Phase.RESTART_LOOK
    boot = decide(None, booted(replace(away, script_exit_code=None)))
    assert decide(boot.run, kind.failed(boot, Reason.HOST_UNREACHABLE)).run.phase is Phase.CLAIM  # type: ignore[union-attr]


def test_recovery_that_is_stopped_just_stops() -> None:
    step = until(Phase.TRANSFER, kind.recovering(replace(LOST, script_exit_code=0)))
    assert decide(step.run, kind.terminated()).exit_code == 143


def test_a_recovery_leaves_a_record_alone_that_another_one_has_brought_to_its_end() -> None:
    troubled = replace(LOST, state=RecordState.FAILED, script_exit_code=1, failure=kind.TROUBLED)
    world = World(unlike={e.List: lambda _x: m.Listed(None)})  # that one has removed the working directory, too
    step = until(Phase.FAIL_RECORD, kind.recovering(kind.always(troubled)), world)
    assert step.run is not None
    closed = replace(step.run.disk, failure=WhyFailed(Reason.SCRIPT_FAILED.number, ""), delivered=NOW)
    after = rest(decide(step.run, kind.refused(step, closed)))
    assert not records(iter(after))
    assert after[-1].exit_code == NOT_OURS


@pytest.mark.parametrize("known", [[], [m.Listed(None)] * 2, [m.Listed(None), m.MarkRead(None, False)]])
def test_a_survey_that_was_not_answered_as_asked_is_a_bug(known: list[m.Answer]) -> None:
    step = until(Phase.SURVEY, booted(job()))
    assert decide(step.run, m.Done(tuple(known), NOW)).exit_code == 99
