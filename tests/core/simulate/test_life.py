"""Lives in the model world: faults come where they are told to, retries and signals are as in the engine."""

import pytest
from pyrsistent import pvector

from property_tests.sweep.jobs import HOME_HOST, INPUT_DIR, NODE, by_name, world_of
from property_tests.sweep.sweep import TROUBLE
from qq.core.effects import Copy, Location, RunScript, StopScript, SubmitJob, WriteRecord
from qq.core.moments import EffectFailed, Terminated
from qq.core.replacing import replace
from qq.core.simulate import chain
from qq.core.simulate import faults as f
from qq.core.simulate.chain import info_path, lives_of, recover, run_all, settled
from qq.core.simulate.life import positions
from qq.core.simulate.perform import Stopped
from qq.core.simulate.records import record_in
from qq.core.simulate.trace import NOTHING, Life, Trace, kept, thin
from qq.core.simulate.world import SECOND, Answering, Script, World
from qq.core.states import BatchState, RecordState

STANDARD, LOOP = by_name("standard"), by_name("loop")
INFO = Location(info_path(STANDARD.job))


def index(life: Life, kind: type, number: int = 0) -> int:
    """Where the effect of this kind comes in a life."""
    return [i for i, acted in enumerate(life.acted) if isinstance(acted.effect, kind)][number]


def first(world: World, *faults: f.Fault) -> Life:
    return lives_of(world, faults).lives[0]


def place(kind: type, number: int = 0) -> int:
    return index(first(world_of(STANDARD)), kind, number)


def test_an_undisturbed_chain_ends_well() -> None:
    trace = lives_of(world_of(LOOP))
    assert [life.exit_code for life in trace.lives] == [0, 0]
    assert all(job.state is BatchState.FINISHED for _, job in trace.world.batch.jobs.items())
    assert "qq run of job 1.model" in str(trace)


def test_a_crash_ends_the_life_and_a_requeue_begins_it_again() -> None:
    cut = lives_of(world_of(STANDARD), [f.Fault(1, place(RunScript), 3, f.Crash())])
    assert [life.exit_code for life in cut.lives] == [None]
    assert cut.world.batch.jobs["1.model"].state is BatchState.FAILED
    assert "cut off" in str(cut)
    again = lives_of(world_of(STANDARD), [f.Fault(1, place(RunScript), 0, f.Crash(requeue=True))])
    assert [life.exit_code for life in again.lives] == [None, 0]


def test_a_crash_that_the_effect_is_too_short_for_does_not_come() -> None:
    assert first(world_of(STANDARD), f.Fault(1, place(StopScript), 5, f.Crash())).exit_code == 0


def test_what_fails_for_a_while_is_tried_again_after_a_wait() -> None:
    sound = first(world_of(STANDARD))
    life = first(world_of(STANDARD), f.Fault(1, place(Copy, 1), 0, f.Fails(TROUBLE, 2)))
    assert life.exit_code == 0
    assert len(life.acted) == len(sound.acted) + 2
    assert life.ended - life.began > sound.ended - sound.began + 600 * 10**9


def test_what_fails_for_good_is_told_to_decide() -> None:
    for step in (0, 2):
        life = first(world_of(STANDARD), f.Fault(1, place(Copy, 1), step, f.Fails(TROUBLE)))
        assert life.exit_code == 91
        assert any(isinstance(step_.moment, EffectFailed) for step_ in life.steps)


@pytest.mark.parametrize("step", [0, 4, 10])
def test_a_signal_while_the_script_runs_gives_it_up(step: int) -> None:
    life = first(world_of(STANDARD), f.Fault(1, place(RunScript), step, f.Signal()))
    assert life.exit_code == 143
    assert sum(isinstance(each.moment, Terminated) for each in life.steps) == 1


def test_a_signal_right_after_an_effect_lets_it_have_ended_well() -> None:
    number = place(WriteRecord)
    life = first(world_of(STANDARD), f.Fault(1, number, 1, f.Signal()))
    assert not isinstance(life.acted[number].outcome, Stopped)
    assert life.exit_code == 143


def test_a_second_signal_changes_nothing() -> None:
    run = place(RunScript)
    one = first(world_of(STANDARD), f.Fault(1, run, 1, f.Signal()))
    two = first(
        world_of(STANDARD),
        f.Fault(1, run, 1, f.Signal()),
        *(f.Fault(1, effect, step, f.Signal(2)) for effect in range(run + 1, run + 9) for step in (0, 1)),
    )
    assert [(each.phase, each.acted) for each in one.steps] == [(each.phase, each.acted) for each in two.steps]


def test_the_walltime_ends_a_life() -> None:
    job = replace(STANDARD.job, resources=replace(STANDARD.job.resources, walltime=60))
    long = replace(STANDARD, job=job, scripts=(Script(runs_for=61),))
    assert first(world_of(long)).exit_code == 143


def test_a_job_without_a_record_exits_92() -> None:
    world = world_of(STANDARD)
    lost = f.changed(world, f.UserRemoves(HOME_HOST, INPUT_DIR, "run.qqinfo"))
    assert [life.exit_code for life in lives_of(lost).lives] == [92]


def test_a_record_is_looked_for_on_the_input_machine_where_home_is_not_shared() -> None:
    apart = by_name("standard-apart")
    life = first(world_of(apart))
    assert life.record == Location(info_path(apart.job), HOME_HOST)


def test_everything_after_a_fault_can_be_settled() -> None:
    world = world_of(LOOP)
    submit = index(first(world), SubmitJob)
    for what in (f.BatchBecomes(Answering.REFUSES), f.BatchBecomes(Answering.SILENT), f.Fails(TROUBLE)):
        trace = lives_of(world, [f.Fault(1, submit, 0, what)])
        assert trace.lives[0].exit_code == 91
        kind = replace(trace.world, batch=replace(trace.world.batch, answering=Answering.KIND))
        assert [life.exit_code for life in settled(Trace(NOTHING, kind), INPUT_DIR, HOME_HOST).lives][-1] == 0


def test_recovering_acts_where_the_node_is_or_where_it_is_told_to() -> None:
    world = lives_of(world_of(STANDARD), [f.Fault(1, place(RunScript), 0, f.Crash())]).world
    life, after = recover(replace(world, here=HOME_HOST), INFO)
    assert (after.here, life.exit_code) == (NODE, 0)
    _, there = recover(replace(world, here=HOME_HOST), INFO, here=HOME_HOST)
    assert there.here == HOME_HOST
    _, lost = recover(replace(f.changed(world, f.HostLost(NODE)), here=HOME_HOST), INFO)
    assert lost.here == HOME_HOST


def test_changes_of_the_world() -> None:
    world = world_of(STANDARD)
    assert f.changed(world, f.DiskFull("home")).full == {"home"}
    assert f.changed(world, f.BatchForgets()).batch.forgets
    ran = lives_of(world, [f.Fault(1, place(RunScript), 8, f.Crash())]).world
    assert f.changed(ran, f.DiskLost("scratch")).events[-1] is not None
    assert len(f.changed(ran, f.DiskLost("scratch")).disks["scratch"].below or ()) == 0
    killed = record_in(f.changed(world, f.UserKills(INFO)), INFO)
    assert killed is not None
    assert killed[0].killed_by is not None
    other = replace(STANDARD.job, token="other")
    replaced = record_in(f.changed(world, f.RecordReplaced(INFO, other)), INFO)
    assert replaced is not None
    assert replaced[0] == other
    assert f.changed(world, f.UserKills(Location("/home/no"))) == world
    full = f.changed(world, f.DiskFull("home"))
    assert f.changed(full, f.UserKills(INFO)) == full  # the job is killed all the same
    named = f.changed(f.changed(world, f.RecordReplaced(INFO, other)), f.IdAdded(INFO, "7.model"))
    record = record_in(named, INFO)
    assert record is not None
    assert record[0].job_id == "7.model"
    assert f.changed(named, f.IdAdded(INFO, "8.model")).disks == named.disks
    done = lives_of(world).world
    assert done.made.get((INPUT_DIR, "log")) is not None
    assert f.changed(done, f.UserRemoves(HOME_HOST, INPUT_DIR, "log")).made.get((INPUT_DIR, "log")) is None
    edited = f.changed(done, f.UserWrites(HOME_HOST, INPUT_DIR, "log"))
    assert (INPUT_DIR, "log") in edited.edited
    assert (INPUT_DIR, "log") not in f.changed(edited, f.UserRemoves(HOME_HOST, INPUT_DIR, "log")).edited
    assert f.changed(done, f.UserRemoves(HOME_HOST, INPUT_DIR, "no")).made is done.made
    finished = record_in(f.changed(done, f.UserKills(INFO)), INFO)
    assert finished is not None
    assert (finished[0].state, finished[0].killed_by) == (RecordState.FINISHED, None)


def test_a_change_in_the_middle_of_an_effect_happens_while_it_goes_on() -> None:
    life = first(world_of(STANDARD), f.Fault(1, place(Copy), 2, f.DiskFull("scratch")))
    assert life.exit_code == 91
    nothing = first(world_of(STANDARD), f.Fault(1, place(Copy), 2, f.Elsewhere(lambda world: world)))
    assert nothing.exit_code == 0


def test_a_node_that_seemed_lost_is_not_ended_by_its_old_walltime() -> None:
    """Nor does it lose its walltime where nothing happened elsewhere."""
    for others, code in ((lambda world: replace(world, now=world.now + 10**7 * SECOND), 0), (lambda world: world, 143)):
        world = replace(world_of(STANDARD), scripts=(Script(runs_for=10.0**6),))
        assert first(world, f.Fault(1, place(Copy), 0, f.Elsewhere(others))).exit_code == code


def test_later_lives_of_a_long_chain_are_kept_without_effects() -> None:
    life = lives_of(world_of(STANDARD)).lives[0]
    bare = thin(life)
    assert (bare.acted, bare.after, bare.ended) == ((), None, life.ended)
    with pytest.raises(ValueError, match="not kept"):
        kept(bare.after)
    assert kept(life.after) is life.after


def test_records_are_found_where_they_stand() -> None:
    world = lives_of(world_of(LOOP)).world
    found = [at.path.rpartition("/")[2] for at, _ in chain.records(world, INPUT_DIR, HOME_HOST)]
    assert found == ["run+0002.qqinfo", "job0001.qqinfo"]
    assert chain.records(world, "/home/nobody", HOME_HOST) == pvector()


def test_every_place_in_a_life_can_be_named() -> None:
    life = first(world_of(STANDARD))
    assert len(positions(life)) == sum(acted.steps + 1 for acted in life.acted)
    assert run_all(Trace(NOTHING, kept(life.after))).lives == NOTHING
