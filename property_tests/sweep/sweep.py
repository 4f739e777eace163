"""One fault at every micro-step of a case, then recovery to a fixpoint; and a second fault in the recovery, strided."""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from property_tests.sweep.jobs import HOME_HOST, INPUT_DIR, NODE, Case, world_of
from property_tests.sweep.laws import NO_SCRIPTS, Known, after_life, at_the_end, files, jobs
from qq.core.effects import Copy, CreateRecord, FindJob, Location, Place, Stage, SubmitJob, WriteRecord
from qq.core.job_names import job_name, runtime_files
from qq.core.replacing import replace
from qq.core.simulate import faults as f
from qq.core.simulate.batch import ended, next_to_start, requeued
from qq.core.simulate.chain import info_path, lives_of, recover, recovered, run_all, run_job, settled
from qq.core.simulate.life import positions
from qq.core.simulate.trace import NOTHING, Acted, Life, Trace, kept
from qq.core.simulate.world import Answering, BatchJob, World
from qq.core.states import BatchState
from qq.core.troubles import Reason, Trouble

STRIDE = 23 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 211
"""Places between second faults; a prime, so that over all first faults every place gets some."""
MAX_UNKIND = 4
"""How often faults may make the world unkind again while everything is being recovered."""
TROUBLE = Trouble(Reason.IO_ERROR, "input/output error")
NAMES = ("in.dat", "log", "data/table", "job0001.xtc")

Kinds = Callable[[Case, Life, Acted, int], Sequence[f.What]]


class Counterexample(Struct, frozen=True):
    """A law that does not hold, and how to see it again."""

    case: str
    faults: tuple[f.Fault, ...]
    words: str
    trace: Trace

    def __str__(self) -> str:
        faults = ", ".join(map(repr, self.faults))
        again = f'python -m property_tests.sweep replay {self.case!r} "({faults},)"'
        return f"{self.words}\n  case {self.case}, with {faults}\n  to see it again: {again}\n{self.trace}"


# --- what may happen --------------------------------------------------------------------------------------------------


def kinds(case: Case, life: Life, acted: Acted, step: int) -> Sequence[f.What]:
    """The world's faults."""
    effect = acted.effect
    what: list[f.What] = [f.Crash(), f.Signal()]
    if step in (0, 1, acted.steps):
        what += [f.Crash(requeue=True), f.Fails(TROUBLE)]
    if step == 0:
        gone, away = f.DiskLost("scratch"), f.HostLost(NODE)
        what += [f.Crash(then=gone), f.Crash(requeue=True, then=gone), f.Crash(then=away)]
        what += [f.Fails(TROUBLE, 1), f.UserKills(Location(info_path(case.job)))]
        if isinstance(effect, FindJob | SubmitJob | CreateRecord):
            what += [f.BatchBecomes(Answering.SILENT), f.BatchBecomes(Answering.REFUSES)]
    if step in (0, 1) and isinstance(effect, Copy | Stage | Place | WriteRecord):
        what += [f.DiskFull("home"), f.DiskFull("scratch")]
    return what


def others(case: Case, life: Life, acted: Acted, step: int) -> Sequence[f.What]:
    """What the user, a second copy of the job, or a node that was given up and comes back, may do meanwhile."""
    if step:
        return []
    what: list[f.What] = [f.UserWrites(HOME_HOST, INPUT_DIR, name) for name in NAMES]
    what += [f.UserRemoves(HOME_HOST, INPUT_DIR, "in.dat"), f.UserRemoves(HOME_HOST, INPUT_DIR, "log")]
    what += [f.Elsewhere(Twin(life.job_id)), f.Elsewhere(Zombie(life.job_id)), f.Elsewhere(Zombie(life.job_id, False))]
    what += [f.Elsewhere(Requeued(life.job_id)), f.Elsewhere(Requeued(life.job_id, 3)), f.Elsewhere(Meddler())]
    job = life.job
    if job is not None and job.loop is not None:
        after = runtime_files(job_name(job.script_name, job.job_type, job.loop.current + 1)).info
        what.append(f.UserKills(Location(f"{INPUT_DIR}/{after}")))
    return what


class Twin(Struct, frozen=True):
    """The batch system gets the same job a second time."""

    job_id: str

    def __call__(self, world: World) -> World:
        job = world.batch.jobs[self.job_id]
        twin = BatchJob(f"{len(world.batch.jobs) + 1}.twin", job.token, job.info, job.host)
        # The first one stays the one that is found by the token.
        return replace(world, batch=replace(world.batch.put(twin), by_token=world.batch.by_token))


class Zombie(Struct, frozen=True):
    """The node seems lost; the user recovers the job, and all lives that follow end before this one goes on.

    ``whole`` False: they have not begun yet. ``job_id`` empty: the job that runs; if none does,
    this is a recovery, and the user calls another one meanwhile.
    """

    job_id: str
    whole: bool = True

    def __call__(self, world: World) -> World:
        here, deadline, running = world.here, world.deadline, world.running
        job_id = self.job_id or _running(world)
        trace = Trace(NOTHING, ended(world, job_id, None) if job_id else world)
        trace = settled(trace, INPUT_DIR, HOME_HOST) if self.whole else recovered(trace, INPUT_DIR, HOME_HOST)
        return replace(trace.world, here=here, deadline=deadline, running=running)


class Requeued(Struct, frozen=True):
    """The node seems lost, and the batch system starts the same id again; then this life goes on.

    ``effects``: what the new one has begun by then, when its node is lost, too; None: it and all that follows ends.
    """

    job_id: str
    effects: int | None = None

    def __call__(self, world: World) -> World:
        here, deadline, running = world.here, world.deadline, world.running
        job_id = self.job_id or _running(world)
        if not job_id:
            return world
        again = requeued(ended(world, job_id, None), job_id)
        if self.effects is None:
            after = settled(Trace(NOTHING, again), INPUT_DIR, HOME_HOST).world
        else:
            _, after = run_job(again, job_id, [f.Fault(world.life + 1, self.effects, 0, f.Crash(requeue=True))])
        return replace(after, here=here, deadline=deadline, running=running)


def _running(world: World) -> str:
    """The job that runs; empty: none does."""
    waiting = world.batch.waiting
    return next((each for each in waiting if world.batch.jobs[each].state is BatchState.RUNNING), "")


class Meddler(Struct, frozen=True):
    """The user calls ``qq recover`` although the job runs: that has to do nothing at all."""

    def __call__(self, world: World) -> World:
        after = recovered(Trace(NOTHING, world), INPUT_DIR, HOME_HOST)
        running = [life for life in after.lives if life.job is not None and life.job.job_id in world.batch.waiting]
        codes = {life.exit_code for life in running}
        assert codes <= {91}, f"recover of a job that runs ends with {codes}"
        assert not any(acted.steps for life in running for acted in life.acted), "recover touched a job that runs"
        return world


# --- playing ----------------------------------------------------------------------------------------------------------


def kind_again(world: World) -> World:
    """All is well again: there is space, hosts are reached, the batch system answers."""
    hosts = {name: replace(host, reachable=True) for name, host in world.hosts.items()}
    batch = replace(world.batch, answering=Answering.KIND)
    return replace(world, full=frozenset(), hosts=hosts, batch=batch)


def is_kind(world: World) -> bool:
    """Whether nothing of that is wrong."""
    reached = all(host.reachable for host in world.hosts.values())
    return reached and not world.full and world.batch.answering is Answering.KIND


def sweep(case: Case, kinds_of: Kinds = kinds, stride: int = STRIDE, first: int = 1) -> Iterator[Counterexample]:
    """All counterexamples of a case. ``stride`` 0: no second faults; ``first``: only each such first fault."""
    world = world_of(case)
    plain = lives_of(world)
    undisturbed = settled(plain, INPUT_DIR, HOME_HOST)
    yield from (Counterexample(case.name, (), words, undisturbed) for words in _undisturbed(case, world, undisturbed))
    turn = 0
    for life in plain.lives:
        known = Known.before(world)
        for fault in islice(_faults_in(case, life, kinds_of), 0, None, first):
            trace, broken = play(case, world, (fault,), undisturbed, known)
            yield from (Counterexample(case.name, (fault,), words, trace) for words in broken)
            for later in _second_faults(trace, fault, turn, stride):
                again, broken = _again(case, trace, fault, later, undisturbed)
                yield from (Counterexample(case.name, (fault, later), words, again) for words in broken)
            turn += 1
        world = one_life(world)


def _undisturbed(case: Case, world: World, undisturbed: Trace) -> Iterator[str]:
    _, broken = play(case, world, (), None, Known.before(world))
    yield from broken
    for path in files(undisturbed.world, "home"):
        if b".before-" in path:
            yield f"undisturbed, {path.decode()} was set aside"
    for job in jobs(undisturbed.world):
        yield from (f"undisturbed, {note}" for note in job.notes if "changed while" in note)
    codes = [life.exit_code for life in undisturbed.lives if not life.recovering]
    if codes != list(case.codes):
        yield f"undisturbed, the lives end with {codes} instead of {case.codes}"


def one_life(world: World) -> World:
    """After the next life, undisturbed."""
    job_id = next_to_start(world.batch)
    return world if job_id is None else run_job(world, job_id)[1]


def _faults_in(case: Case, life: Life, kinds_of: Kinds) -> Iterator[f.Fault]:
    acted = life.acted
    for effect, step in positions(life):
        for what in kinds_of(case, life, acted[effect], step):
            yield f.Fault(life.number, effect, step, what)


def _second_faults(trace: Trace, first: f.Fault, turn: int, stride: int) -> Iterator[f.Fault]:
    if not stride:
        return
    later = [life for life in trace.lives if life.number > first.life]
    places = [(life.number, *place) for life in later for place in positions(life)]
    for life, effect, step in places[turn % stride :: stride]:
        crash = f.Crash(requeue=turn % 2 == 0)
        yield f.Fault(life, effect, step, f.Elsewhere(Zombie("")) if turn % 3 == 2 and not step else crash)


def play(
    case: Case, world: World, faults: tuple[f.Fault, ...], undisturbed: Trace | None, known: Known
) -> tuple[Trace, list[str]]:
    """A chain with faults, then a kind world and recovery; and what is broken."""
    trace = run_all(Trace(NOTHING, world), faults)
    for _ in range(MAX_UNKIND):
        # The user tries as long as it is unkind, too.
        trace = settled(trace, INPUT_DIR, HOME_HOST, faults)
        if is_kind(trace.world):
            break
        trace = Trace(trace.lives, kind_again(trace.world))
    return trace, _judged(case, trace, faults, undisturbed, known.copy())


def _again(case: Case, trace: Trace, first: f.Fault, later: f.Fault, undisturbed: Trace) -> tuple[Trace, list[str]]:
    """From the life on that the second fault comes in. What was before has been judged already."""
    number = next(i for i, life in enumerate(trace.lives) if life.number == later.life)
    life, world = trace.lives[number], kind_again(kept(trace.lives[number].before))
    done = Trace(NOTHING, world)
    if life.recovering and life.record is not None:
        first_life, after = recover(world, life.record, (later,))
        done = Trace(NOTHING.append(first_life), after)
    done = settled(done, INPUT_DIR, HOME_HOST, (later,))
    return done, _judged(case, done, (first, later), undisturbed, Known.before(world))


def _judged(
    case: Case, trace: Trace, faults: tuple[f.Fault, ...], undisturbed: Trace | None, known: Known
) -> list[str]:
    touched = frozenset(x.what.name for x in faults if isinstance(x.what, f.UserWrites | f.UserRemoves))
    broken = [words for life in trace.lives for words in after_life(case, known, life, touched)]
    other = bool(touched) or any(isinstance(x.what, f.DiskFull | f.Elsewhere) for x in faults)
    broken += at_the_end(case, trace, None if other else undisturbed, known)
    away = any(isinstance(x.what, f.Crash) and isinstance(x.what.then, f.HostLost) for x in faults)
    late = any(isinstance(x.what, f.Elsewhere) for x in faults)
    # Of a node that nobody reaches only the record is known (DESIGN, INSPECT). One that was given up, comes back, makes
    # its working directory and dies before it hears that the job is another's leaves that, with copies at most.
    return [words for words in broken if not (away and words.endswith("in the mark") or late and NO_SCRIPTS in words)]


def replay(case: Case, faults: tuple[f.Fault, ...]) -> tuple[Trace, list[str]]:
    """A counterexample again, from the very beginning."""
    start = world_of(case)
    return play(case, start, faults, settled(lives_of(start), INPUT_DIR, HOME_HOST), Known.before(start))
