"""What the user's commands do to the model world: the decisions are the core's, the doing is written out here."""

from msgspec import Struct
from pyrsistent import pvector

from property_tests.sweep.jobs import HOME_HOST, INPUT_DIR
from qq.core import killing, respawning, syncing
from qq.core.effects import ClearTemporary, Effect, Location
from qq.core.job_names import mark_names, runtime_files
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.listing import Listing
from qq.core.moments import Answer, Listed, MarkRead, Recovering
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo
from qq.core.records.site import Settings, Site
from qq.core.replacing import replace
from qq.core.result import Failure
from qq.core.simulate import faults as f
from qq.core.simulate.batch import evidence, next_id, take
from qq.core.simulate.chain import shares
from qq.core.simulate.draft import Draft
from qq.core.simulate.perform import Stopped, perform
from qq.core.simulate.records import Refusal, record_in, stored
from qq.core.simulate.spots import HaltError
from qq.core.simulate.world import SECOND, World
from qq.core.suitability import can_clear, can_sync
from qq.core.troubles import Trouble

Pair = tuple[Location, JobInfo]


def user_writes(world: World, at: Location, job: JobInfo) -> World:
    """A command changes a record: no life does. Where there is no space it stays as it was."""
    draft = Draft(replace(world, here=HOME_HOST, life=-1))
    try:
        stored(draft, draft.spot(at), job)
    except HaltError:
        return world
    return replace(draft.freeze(), here=world.here, life=world.life)


def happened(world: World, what: f.Change) -> World:
    """Somebody's doing, if it is possible."""
    try:
        return f.changed(world, what)
    except HaltError:
        return world


def recovering(world: World, at: Location) -> Recovering:
    """``qq recover`` begins. It acts where the main node is, if that can be reached."""
    found = record_in(world, at)
    assert found is not None
    job, version = found
    node = job.main_node
    near = node is not None and uses_scratch(job) and world.hosts[node].reachable
    host = node if near and node is not None else job.input_machine
    shared = shares(world.hosts, host, job)
    return Recovering(
        record=job,
        version=version,
        record_at=Location(at.path, None if shared else job.input_machine),
        evidence=evidence(world, job),
        host=host,
        input_shared=shared,
        now=world.time,
    )


def kill_announced(world: World, at: Location, job: JobInfo) -> World:
    """``qq kill``, before it asks the batch system."""
    changed = killing.announced(job, evidence(world, job), token=job.token, who="alice", when=world.time)
    return world if changed is None else user_writes(world, at, changed)


def kill_taken_back(world: World, at: Location) -> World:
    """The batch system refused, or did not answer."""
    found = record_in(world, at)
    if found is None or found[0].killed_by is None:
        return world
    job, by = found[0], found[0].killed_by
    changed = killing.taken_back(job, evidence(world, job), token=job.token, who=by.who, when=by.when)
    return world if changed is None else user_writes(world, at, changed)


def kill_concluded(world: World, at: Location, job: JobInfo) -> World:
    """The batch system says that the job is gone."""
    changed = killing.concluded(job, evidence(world, job), token=job.token, when=world.time)
    return world if changed is None else user_writes(world, at, changed)


# --- sync -------------------------------------------------------------------------------------------------------------


class _Doing(Struct):
    world: World

    def do(self, effects: tuple[Effect, ...]) -> list[Answer] | None:
        """All answers; None: one failed."""
        found: list[Answer] = []
        for effect in effects:
            done = perform(self.world, effect)
            self.world = done.world
            if isinstance(done.outcome, Trouble | Refusal | Stopped):
                return None
            found.append(done.outcome)
        return found


def sync(world: World, at: Location, job: JobInfo) -> World:
    """``qq sync``: everything, portion by portion; one that fails is left out."""
    if isinstance(can_sync(job, real_state(job, evidence(world, job))), Failure):
        return world
    doing = _Doing(replace(world, here=HOME_HOST, life=-1))
    over = None if job.main_node in (None, HOME_HOST) else job.main_node
    ends = syncing.ends(job, record_at=at, work_host=over)
    seen = doing.do(tuple(syncing.look(job, ends)))
    if seen is not None:
        _fetch(doing, at, job, ends, seen)
    return replace(doing.world, here=world.here, life=world.life)


def _fetch(doing: _Doing, at: Location, job: JobInfo, ends: syncing.Ends, seen: list[Answer]) -> None:
    work, mark, home = seen
    assert isinstance(work, Listed) and isinstance(mark, MarkRead) and isinstance(home, Listed)
    found = syncing.found(job, work.listing, mark.mark, home.listing)
    if isinstance(found, Failure):
        return
    both = found.unwrap()
    for part in syncing.parts(syncing.wanted(job, both).entries, ends):
        now = record_in(doing.world, at)
        if syncing.stopped(job, None if now is None else now[0]) is not None:
            break
        fetched = doing.do(tuple(syncing.fetch(ends, part)))
        standing = fetched[-1].listing if fetched and isinstance(fetched[-1], Listed) else None
        if standing is not None:
            doing.do(tuple(syncing.deliver(ends, part, standing or Listing(), both)))
    doing.do((ClearTemporary(ends.temporary),))


# --- clear and respawn ------------------------------------------------------------------------------------------------


def clear(world: World, job: JobInfo) -> World:
    """``qq clear``: the runtime files of a job that is over, its record last."""
    refused = isinstance(can_clear(job, evidence(world, job)), Failure)
    return world if refused else _without_files(world, job, record=True)


def respawn(world: World, at: Location, job: JobInfo, token: str) -> World:
    """``qq respawn``: submitted again with the same options; then the old runtime files go."""
    if isinstance(respawning.suitable(job, evidence(world, job)), Failure):
        return world
    anew = respawning.respawned(job, _anew(world, token))
    written = user_writes(world, at, anew)
    if written is world:
        return world
    world, taken = submit(written, anew)
    return _without_files(world, job, record=False) if taken else user_writes(world, at, job)


def _anew(world: World, token: str) -> respawning.Anew:
    return respawning.Anew(
        now=world.time,
        token=token,
        host=HOME_HOST,
        qq_version="1",
        qq_path="/qq",
        depend=pvector(),
        site=Site(name="model", engine="local", batch_system="local"),
        settings=Settings(),
    )


def submit(world: World, job: JobInfo) -> tuple[World, bool]:
    """The batch system is asked to take a job whose record stands; whether it did."""
    if world.batch.answering is not world.batch.answering.KIND:
        return world, False
    draft = Draft(world)
    draft.life = -1
    take(draft, job, next_id(draft.batch), None)
    return replace(draft.freeze(), life=world.life), True


def _without_files(world: World, job: JobInfo, *, record: bool) -> World:
    files = runtime_files(job.job_name)
    names = [files.out, files.err, files.qqout, *mark_names(job.job_name), *([files.info] if record else [])]
    for name in names:
        world = happened(world, f.UserRemoves(HOME_HOST, INPUT_DIR, name))
    return replace(world, now=world.now + SECOND)
