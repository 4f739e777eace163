"""Plays chains of jobs with what a scientist says may go wrong, and keeps what people want to know of each life."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.effects import Location, WriteRecord
from qq.core.explain import Explanation, explain, next_cycle_missing
from qq.core.lifecycle.decisions import is_at_home, is_partly_home, uses_scratch
from qq.core.moments import Written
from qq.core.one_line import one_line
from qq.core.paths import mark_path
from qq.core.predicting.doing import DOING, MOMENTS, Doing
from qq.core.predicting.locating import faults_for
from qq.core.predicting.mishaps import BatchSilent, DiskFull, Killed, Mishap, NodeLost, StepFails, SubmissionRefused
from qq.core.predicting.places import standing
from qq.core.predicting.rows import in_short
from qq.core.predicting.setting import SCRATCH_DISK
from qq.core.predicting.told import command
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import Failure, Fault, Faults, Result, Success
from qq.core.simulate import faults as f
from qq.core.simulate.batch import evidence, next_to_start
from qq.core.simulate.beside import MarkFile
from qq.core.simulate.chain import DETAILED, records, recover, run_job
from qq.core.simulate.log import Log
from qq.core.simulate.looking import node_in
from qq.core.simulate.records import record_in
from qq.core.simulate.trace import Life, thin
from qq.core.simulate.world import SECOND, Answering, Batch, World
from qq.core.states import BatchState, RecordState
from qq.core.suitability import can_recover

ENDLESS = 100
"""So many jobs of a continuous job are played if nobody says how many."""
MOST = 100_000
"""The same for a loop job: no chain is that long."""


class Cycle(Struct, frozen=True, kw_only=True):
    """One batch job, or one ``qq recover``. Times in seconds since the job was submitted."""

    cycle: int
    """The cycle's number; of a job without cycles, the how-manieth it is."""
    job_id: str
    recovering: bool
    attempt: int
    exit_code: int | None
    """Of ``qq run``; None: it was cut off."""
    script_exit_code: int | None
    state: str
    began: float
    ended: float
    spent: tuple[tuple[str, float], ...]
    """Part of its life and how long that took, in pairs: ``seconds`` is the same to look up in."""
    why: str
    next_command: str
    work_dir: str | None
    """Its working directory on scratch, whether it still stands or not."""

    def __repr__(self) -> str:
        again = ", recovered" if self.recovering else ""
        return f"<cycle {self.cycle} ({self.job_id}{again}) {in_short(self.state, self.why, self.next_command)}>"

    def _repr_html_(self) -> str:
        from qq.core.predicting import trace_drawing

        return trace_drawing.cycle_html(self)

    @property
    def seconds(self) -> PMap[str, float]:
        """Part of its life (``staging``, ``running``…) → how long that took; parts that took no time are left out."""
        return pmap(dict(self.spent))


class Played(Struct, frozen=True):
    """What was played so far. ``faults``: the model's, of all lives, to play them again."""

    job: JobInfo
    world: World
    lives: PVector[Life] = pvector()
    cycles: PVector[Cycle] = pvector()
    faults: PVector[f.Fault] = pvector()
    numbers: PMap[str, int] = pmap()
    """Token → the cycle's number, of all jobs that have run."""
    limit: int | None = None
    """So many jobs are played at most, whatever comes of them."""


def run_chain(played: Played, mishaps: Sequence[Mishap] = ()) -> Result[Played, Faults]:
    """Everything that the batch system can start is played, up to the limit; the mishaps come once each."""
    most = played.limit if played.limit is not None else MOST if played.job.loop is not None else ENDLESS
    left, lives, cycles, faults = list(mishaps), list(played.lives), list(played.cycles), list(played.faults)
    world, numbers = played.world, dict(played.numbers)
    while (job_id := _next(world.batch, numbers, most)) is not None:
        token = world.batch.jobs[job_id].token
        life, after = lived(world, job_id)
        number = numbers[token] = _number(life, numbers.get(token, len(numbers) + 1))
        mine = [one for one in left if one.cycle == number or (one.cycle is None and not cycles)]
        if mine:
            found = _disturbed(world, life, mine, number)
            if isinstance(found, Failure):
                return found
            added, life, after = found.unwrap()
            faults, left = [*faults, *added], [one for one in left if one not in mine]
        cycles.append(cycle_of(after, life, number))
        detailed = len(lives) < DETAILED
        lives.append(life if detailed else thin(life))
        world = after if detailed else replace(after, events=Log())
    if left:
        return Failure(pvector(_never_played(one, cycles) for one in left))
    now = replace(played, world=world, lives=pvector(lives), cycles=pvector(cycles))
    return Success(replace(now, faults=pvector(faults), numbers=pmap(numbers)))


def _next(batch: Batch, known: Mapping[str, int], limit: int) -> str | None:
    """The job that starts next; a new one only while there are fewer than the limit. Only faults start one again."""
    job_id = next_to_start(batch)
    is_one_more = job_id is not None and batch.jobs[job_id].token not in known
    return None if is_one_more and len(known) >= limit else job_id


def lived(world: World, job_id: str, faults: Sequence[f.Fault] = ()) -> tuple[Life, World]:
    """The life of a job in which this happens, and the world after it: some sites empty scratch when a job is over."""
    life, after = run_job(world, job_id, faults)
    if life.job is not None and empties_scratch(life.job) and is_over(after, job_id):
        after = f.changed(after, f.DiskLost(SCRATCH_DISK))
    return life, after


def is_over(world: World, job_id: str) -> bool:
    """Whether a job is over: it does not wait for another start."""
    return world.batch.jobs[job_id].state is not BatchState.QUEUED


def empties_scratch(job: JobInfo) -> bool:
    """Whether the job's site empties scratch when a job is over."""
    return job.site is not None and not job.site.scratch_outlives_job


def recover_all(played: Played) -> Played:
    """Every job in the input directory that ``qq recover`` has something to do for, in a world that is kind again; of
    earlier cycles those that left something to remove."""
    world, job = kind_again(played.world), played.job
    lives, cycles = played.lives, played.cycles
    for at, record in records(world, job.input_dir, job.input_machine):
        here = replace(world, here=job.input_machine)
        if _left_behind(here, record) if _is_below(at, job.input_dir) else to_recover(here, record):
            life, world = recover(here, at)
            number = _number(life, played.numbers.get(record.token, 1))
            cycles = cycles.append(cycle_of(world, life, number))
            lives = lives.append(life if len(lives) < DETAILED else thin(life))
    return replace(played, world=world, lives=lives, cycles=cycles)


def to_recover(world: World, record: JobInfo) -> bool:
    """Whether ``qq recover`` has something to do for this job."""
    told = evidence(world, record)
    if isinstance(can_recover(record, told), Failure):
        return False
    left = is_at_home(record) and record.work_dir is not None and _stands(world, record, record.work_dir)
    return left or next_cycle_missing(record) or "qq recover" in explain(record, told).next_command


def _left_behind(world: World, record: JobInfo) -> bool:
    """Whether a cycle is over and at home, and its own mark still stands where the input machine sees it."""
    over = record.state is RecordState.FINISHED and (is_at_home(record) or is_partly_home(record))
    mark = node_in(world, _mark(record, record.work_dir), record.input_machine) if over and record.work_dir else None
    return mark is not None and isinstance(mark.content, MarkFile) and mark.content.token == record.token


def _mark(record: JobInfo, work_dir: str) -> str:
    return mark_path(work_dir=work_dir, input_dir=record.input_dir, job_name=record.job_name)


def _stands(world: World, record: JobInfo, work_dir: str) -> bool:
    """Whether a working directory on scratch is there, or its mark."""
    mark = node_in(world, _mark(record, work_dir), record.input_machine)
    return bool(standing(world, record, [work_dir])) or mark is not None


def kind_again(world: World) -> World:
    """There is space, the batch system answers, the nodes are back: what the user is told to mend has been mended."""
    hosts = {name: replace(host, reachable=True) for name, host in world.hosts.items()}
    return replace(world, full=frozenset(), hosts=hosts, batch=replace(world.batch, answering=Answering.KIND))


def cycle_of(world: World, life: Life, number: int) -> Cycle:
    """What people want to know of a life. ``world``: after it."""
    record, told = known_end(world, life)
    return Cycle(
        cycle=number,
        job_id=life.job_id,
        recovering=life.recovering,
        attempt=record.attempt if record else 1,
        exit_code=life.exit_code,
        script_exit_code=record.script_exit_code if record else None,
        state=str(told.state) if told else "without a record",
        began=life.began / SECOND,
        ended=life.ended / SECOND,
        spent=_spent(life),
        why=one_line(told.words) if told else "",
        next_command=command(told, record) if told and record else "",
        work_dir=_work_dir(life),
    )


def known_end(world: World, life: Life) -> tuple[JobInfo | None, Explanation | None]:
    """The record as a life left it, and what ``qq info`` says of it then. A continuous job's gives way to the next."""
    if life.job is None or life.record is None:
        return None, None
    token = life.job.token if life.recovering else world.batch.jobs[life.job_id].token
    found = record_in(world, Location(life.record.path, life.job.input_machine))
    record = found[0] if found is not None and found[0].token == token else _last_written(life, token)
    return record, None if record is None else explain(record, evidence(world, record))


def _last_written(life: Life, token: str) -> JobInfo | None:
    written = (one.effect for one in reversed(life.acted) if isinstance(one.outcome, Written))
    jobs = (effect.job for effect in written if isinstance(effect, WriteRecord))
    return next((job for job in jobs if job.token == token), None)


def _spent(life: Life) -> tuple[tuple[str, float], ...]:
    total: dict[Doing, int] = {}
    doing, began = None, life.began
    for step in life.steps:
        now = DOING[step.phase] if step.acted else doing
        if now is not doing:
            if doing is not None:
                total[doing] = total.get(doing, 0) + step.acted[0].at - began
            doing, began = now, step.acted[0].at
    if doing is not None:
        total[doing] = total.get(doing, 0) + life.ended - began
    return tuple([(str(doing), spent / SECOND) for doing, spent in total.items() if spent])


def _work_dir(life: Life) -> str | None:
    """The last working directory on scratch that its record named."""
    for step in reversed(life.steps):
        for acted in reversed(step.acted):
            effect = acted.effect
            if type(effect) is WriteRecord and effect.job.work_dir is not None and uses_scratch(effect.job):
                return effect.job.work_dir
    return life.job.work_dir if life.job is not None and uses_scratch(life.job) else None


def _number(life: Life, otherwise: int) -> int:
    loop = life.job.loop if life.job is not None else None
    return otherwise if loop is None else loop.current


def _is_below(at: Location, input_dir: str) -> bool:
    return "/" in at.path[len(input_dir) + 1 :]


def _disturbed(
    world: World, life: Life, mishaps: Iterable[Mishap], number: int
) -> Result[tuple[list[f.Fault], Life, World], Faults]:
    """The life again, with what happens in it. Each mishap is looked for in the life as those before it made it."""
    faults: list[f.Fault] = []
    after, world_after = 0, world
    for mishap in sorted(mishaps, key=_when):
        found = faults_for(life, mishap, after)
        if not found:
            return Failure(pvector([Fault("faults", _never(mishap, number))]))
        faults += found
        after = found[0].effect
        before, (life, world_after) = life, lived(world, life.job_id, faults)
        if isinstance(mishap.kind, Killed | NodeLost) and before.steps == life.steps:
            return Failure(
                pvector([Fault("faults", f"in cycle {number} something else comes before '{mishap.during}'")])
            )
    return Success((faults, life, world_after))


def _when(mishap: Mishap) -> tuple[int, bool]:
    """In the order of a life; what a part of it begins with comes before what comes in its middle."""
    at_once = isinstance(mishap.kind, DiskFull | BatchSilent | SubmissionRefused)
    return MOMENTS.index(mishap.during) if mishap.during else -1, not at_once


def _never(mishap: Mishap, number: int) -> str:
    if isinstance(mishap.kind, StepFails):
        return f"no step of cycle {number} contains '{mishap.kind.words}'; qq.plan(job) shows their words"
    return f"cycle {number} never comes to '{mishap.during}'"


def _never_played(mishap: Mishap, cycles: Sequence[Cycle]) -> Fault:
    played = f"{cycles[0].cycle} to {cycles[-1].cycle}" if len(cycles) else "none"
    return Fault("faults", f"cycle {mishap.cycle} is never played: the chain has the cycles {played}")
