"""Plays whole chains of jobs: submitting, booting what the batch system starts, recovering, to a fixpoint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pyrsistent import PVector, pvector

from qq.core.effects import Location, Version
from qq.core.exitcodes import NO_RECORD
from qq.core.job_names import runtime_files
from qq.core.lifecycle.decisions import uses_scratch, wants_scratch
from qq.core.moments import Booted, Recovering
from qq.core.paths import join, to_text
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.scratch import scratch_candidates, taken_numbers
from qq.core.simulate.batch import ended, evidence, next_id, next_to_start, requeued, take
from qq.core.simulate.draft import Draft
from qq.core.simulate.faults import Fault
from qq.core.simulate.life import play
from qq.core.simulate.records import record_at, record_in, stored
from qq.core.simulate.spots import HaltError, disk_of
from qq.core.simulate.trace import NOTHING, Life, Trace, thin
from qq.core.simulate.tree import Directory
from qq.core.simulate.world import JOB_ID, SECOND, Host, World
from qq.core.states import BatchState

MAX_LIVES = 100_000
DETAILED = 500
"""Lives that are kept with all their effects; those of later ones would fill the memory."""
MAX_ROUNDS = 12
SCRATCH = "/scratch/job_{}"


def info_path(job: JobInfo) -> str:
    """Where a job's record stands."""
    return join(job.input_dir, runtime_files(job.job_name).info)


def submitted(world: World, job: JobInfo) -> World:
    """The user has submitted a job: its record stands, with its id, and the batch system has it."""
    draft, job_id = Draft(world), next_id(world.batch)
    at = Location(info_path(job), None if shares(draft.hosts, draft.here, job) else job.input_machine)
    stored(draft, draft.spot(at), replace(job, job_id=job_id))
    take(draft, job, job_id, None)
    return draft.freeze()


def shares(hosts: Mapping[str, Host], host: str, job: JobInfo) -> bool:
    """Whether a host has the input directory by its own mounts."""
    try:
        return disk_of(hosts[job.input_machine], job.input_dir) == disk_of(hosts[host], job.input_dir)
    except HaltError:
        return False


def run_all(trace: Trace, faults: Iterable[Fault] = ()) -> Trace:
    """Everything that the batch system can start is played to its end."""
    faults, lives, world = tuple(faults), trace.lives.evolver(), trace.world
    for _ in range(MAX_LIVES):
        job_id = next_to_start(world.batch)
        if job_id is None:
            break
        life, world = run_job(world, job_id, faults)
        lives.append(life if len(lives) < DETAILED else thin(life))
    return Trace(lives.persistent(), world)


def run_job(world: World, job_id: str, faults: Sequence[Fault] = ()) -> tuple[Life, World]:
    """The batch system starts a job; its life is played, and it has ended, or waits to be started again."""
    job, draft = world.batch.jobs[job_id], Draft(world)
    draft.here, draft.now = job.host, world.now + SECOND
    draft.batch = world.batch.put(replace(job, state=BatchState.RUNNING, boots=job.boots + 1))
    moment = booted(draft, job_id)
    if moment is None:
        draft.life += 1
        after = ended(draft.freeze(), job_id, NO_RECORD)
        return Life(after.life, job_id, False, after.now, after.now, (), NO_RECORD, world, after), after
    _output(draft, moment.record)
    walltime = moment.record.resources.walltime
    draft.deadline = None if walltime is None else draft.now + walltime * SECOND
    played = play(draft, world, moment, faults)
    after = ended(played.world, job_id, played.life.exit_code)
    return played.life, requeued(after, job_id) if played.requeue else after


def _output(draft: Draft, job: JobInfo) -> None:
    """The batch system brings home what ``qq run`` prints; where a job is started again it goes on there."""
    spot = draft.place(job.input_machine, join(job.input_dir, runtime_files(job.job_name).qqout))
    if spot.above is not None and draft.names(spot.above) is not None and draft.look(spot) is None:
        draft.write(spot, "", 0)


def booted(draft: Draft, job_id: str) -> Booted | None:
    """The moment in which ``qq run`` starts; None: there is no record."""
    batch_job = draft.batch.jobs[job_id]
    host = batch_job.host
    at, found = Location(batch_job.info), _record_at(draft, Location(batch_job.info))
    if found is None:
        at, found = _elsewhere(draft, batch_job.info)
    if found is None:
        return None
    job, version = found
    scratch, numbers = _scratch(draft, job, job_id, host)
    return Booted(
        record=job,
        version=version,
        record_at=at,
        token=batch_job.token,
        job_id=job_id,
        batch_system=job.batch_system,
        host=host,
        nodes=_alone(host),
        scratch=scratch,
        taken=numbers,
        input_shared=shares(draft.hosts, host, job),
        now=draft.time,
    )


@lru_cache(maxsize=16)
def _alone(host: str) -> PVector[str]:
    return pvector([host])


def _elsewhere(draft: Draft, path: str) -> tuple[Location, tuple[JobInfo, Version] | None]:
    """The record as another host has it."""
    others = [Location(path, host) for host, each in draft.hosts.items() if host != draft.here and each.reachable]
    return next(((at, found) for at in others if (found := _record_at(draft, at))), (Location(path), None))


def _record_at(draft: Draft, at: Location) -> tuple[JobInfo, Version] | None:
    try:
        return record_at(draft, at)
    except HaltError:
        return None


def _scratch(draft: Draft, job: JobInfo, job_id: str, host: str) -> tuple[str | None, frozenset[int]]:
    if not wants_scratch(job):
        return None, frozenset()
    path = place_of(job, job_id, draft.hosts[host].scratch)
    above, _, name = path.rpartition("/")
    names = draft.names(draft.spot(Location(above, host)))
    return path, frozenset() if names is None else taken_numbers(name, (to_text(each) for each, _ in names.items()))


def place_of(job: JobInfo, job_id: str, scratch: str | None) -> str:
    """Where the working directory of a job on scratch goes. ``scratch``: what its host says (see ``Host``)."""
    if scratch is not None:
        return scratch.replace(JOB_ID, job_id)
    candidates = scratch_candidates(job, job_id, {}, f"/home/{job.username}")
    return candidates[0] if candidates else SCRATCH.format(job_id)


def recover(world: World, at: Location, faults: Sequence[Fault] = (), here: str | None = None) -> tuple[Life, World]:
    """``qq recover`` of the job whose record stands here. It acts where the main node is, if that can be reached."""
    found = record_in(world, at)
    assert found is not None
    job, version = found
    draft = Draft(world)
    draft.here, draft.now = here or _acts_on(world, job), world.now + SECOND
    shared = shares(draft.hosts, draft.here, job)
    moment = Recovering(
        record=job,
        version=version,
        record_at=Location(at.path, None if shared else job.input_machine),
        evidence=evidence(world, job),
        host=draft.here,
        input_shared=shared,
        now=draft.time,
    )
    played = play(draft, draft.freeze(), moment, faults)
    return played.life, played.world


def _acts_on(world: World, job: JobInfo) -> str:
    node = job.main_node
    if node is not None and uses_scratch(job) and world.hosts[node].reachable:
        return node
    return job.input_machine


def records(world: World, input_dir: str, host: str) -> PVector[tuple[Location, JobInfo]]:
    """All records that stand in an input directory, or in an archive in it."""
    draft = Draft(world)
    names = draft.names(draft.place(host, input_dir))
    if names is None:
        return pvector()
    found = sorted(_records_in(names, input_dir), key=lambda pair: pair[0].path)
    return pvector(found)


def _records_in(names: Directory, path: str) -> Iterator[tuple[Location, JobInfo]]:
    for name, node in names.items():
        if isinstance(node.content, JobInfo):
            yield Location(join(path, to_text(name))), node.content
        elif isinstance(node, Directory):
            yield from _records_in(node, join(path, to_text(name)))


def settled(trace: Trace, input_dir: str, host: str, faults: Sequence[Fault] = ()) -> Trace:
    """Runs all that can run, then recovers whatever there is, again and again, until nothing changes any more."""
    trace = run_all(trace, faults)
    for _ in range(MAX_ROUNDS):
        before, first = _gist(trace.world, input_dir, host), trace.world.life
        trace = recovered(trace, input_dir, host, faults)
        trace = run_all(trace, faults)
        disturbed = any(first < fault.life <= trace.world.life for fault in faults)
        if not disturbed and _gist(trace.world, input_dir, host) == before:
            return trace
    return trace


def recovered(trace: Trace, input_dir: str, host: str, faults: Sequence[Fault] = ()) -> Trace:
    """Every record is recovered once; what that submits has not begun yet."""
    lives, world = trace.lives, trace.world
    for at, _job in records(world, input_dir, host):
        here = replace(world, here=host)
        if record_in(here, at) is not None:
            life, world = recover(here, at, faults)
            lives = lives.append(life)
    return Trace(lives, world)


def _gist(world: World, input_dir: str, host: str) -> object:
    """What recovery may change: records, and which jobs there are."""
    return records(world, input_dir, host), len(world.batch.jobs), len(world.batch.waiting)


def lives_of(world: World, faults: Iterable[Fault] = ()) -> Trace:
    """From a world in which a job was submitted, to the end of its chain."""
    return run_all(Trace(NOTHING, world), faults)
