"""A recovery that acts long after it looked, while the chain went on by itself: it begins nothing twice."""

import pytest

from property_tests.sweep.jobs import HOME_HOST, INPUT_DIR, Case, by_name, world_of
from qq.core.effects import CreateRecord, Effect, FindJob, Location, ReadRecord, SubmitJob
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate import faults as f
from qq.core.simulate.chain import info_path, records, recover, run_all, run_job
from qq.core.simulate.trace import NOTHING, Life, Trace
from qq.core.simulate.world import World

LOOP, CONTINUOUS = by_name("loop"), by_name("continuous")


def of_cycles(case: Case, end: int) -> Case:
    assert case.job.loop is not None
    return replace(case, job=replace(case.job, loop=replace(case.job.loop, end=end)))


def everything(world: World) -> World:
    """All that the batch system has is played to its end."""
    here, deadline = world.here, world.deadline
    return replace(run_all(Trace(NOTHING, world)).world, here=here, deadline=deadline)


def index(life: Life, kind: type[Effect], number: int = 0) -> int:
    return [n for n, acted in enumerate(life.acted) if isinstance(acted.effect, kind)][number]


def cut_off(case: Case) -> World:
    """The first cycle's node went right after the next one was submitted, before that stood in the record."""
    world = world_of(case)
    whole, _ = run_job(world, "1.model")
    after = index(whole, SubmitJob) + 1
    life, world = run_job(world, "1.model", [f.Fault(1, after, 0, f.Crash())])
    assert life.exit_code is None
    return world


def submissions(world: World) -> dict[str, int]:
    found: dict[str, int] = {}
    for job in world.batch.jobs.values():
        found[job.token] = found.get(job.token, 0) + 1
    return found


def of_cycle(world: World, cycle: int) -> list[tuple[Location, JobInfo]]:
    return [(at, job) for at, job in records(world, INPUT_DIR, HOME_HOST) if job.loop and job.loop.current == cycle]


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("kind", [FindJob, CreateRecord])
def test_the_chain_went_on_while_the_user_read_the_plan(kind: type[Effect], forgetful: bool) -> None:
    world = cut_off(of_cycles(LOOP, 3))
    recovery, _ = recover(world, Location(info_path(LOOP.job)), here=HOME_HOST)
    faults = [f.Fault(2, index(recovery, kind), 0, f.Elsewhere(everything))]
    if forgetful:
        faults.append(f.Fault(2, index(recovery, kind), 0, f.BatchForgets()))
    life, after = recover(world, Location(info_path(LOOP.job)), faults, here=HOME_HOST)
    after = everything(after)
    assert len(of_cycle(after, 2)) == 1, "another record of cycle 2"
    assert set(submissions(after).values()) == {1}
    assert life.exit_code == 0


@pytest.mark.parametrize("forgetful", [False, True])
def test_the_record_of_the_first_cycle_is_recovered_in_the_archive(forgetful: bool) -> None:
    world = everything(cut_off(of_cycles(LOOP, 3)))
    ((at, job),) = of_cycle(world, 1)
    assert "/storage/" in at.path
    assert job.resubmitted_as is None
    faults = [f.Fault(world.life + 1, 0, 0, f.BatchForgets())] if forgetful else []
    life, after = recover(world, at, faults, here=HOME_HOST)
    assert life.exit_code == 0
    after = everything(after)
    assert [job.resubmitted_as for _, job in of_cycle(after, 1)] == ["2.model"]
    assert len(of_cycle(after, 2)) == 1
    assert set(submissions(after).values()) == {1}


@pytest.mark.parametrize("kind", [FindJob, ReadRecord])
def test_a_continuous_job_has_been_followed_meanwhile(kind: type[Effect]) -> None:
    info = Location(info_path(CONTINUOUS.job))
    world = cut_off(CONTINUOUS)
    recovery, _ = recover(world, info, here=HOME_HOST)
    place = index(recovery, kind)
    faults = [f.Fault(2, place, 0, f.Elsewhere(everything)), f.Fault(2, place, 0, f.BatchForgets())]
    life, after = recover(world, info, faults, here=HOME_HOST)
    assert life.exit_code == 0
    assert set(submissions(everything(after)).values()) == {1}
