"""Records in the model world: read, written under a guard, created, withdrawn. The content of one is its value."""

from msgspec import Struct

from qq.core.effects import CreateRecord, Guard, Location, ReadRecord, Version, WithdrawRecord, WriteRecord
from qq.core.moments import Ok, RecordFound, Written
from qq.core.records.job import JobInfo
from qq.core.simulate.draft import Draft
from qq.core.simulate.looking import node_in
from qq.core.simulate.spots import Spot, halt
from qq.core.simulate.tree import File, Node
from qq.core.simulate.world import RecordWritten, World
from qq.core.troubles import Reason

RECORD_BYTES = 2000


class Refusal(Struct, frozen=True):
    """What stands on disk instead of what was expected; None: nothing, or no record."""

    job: JobInfo | None
    version: Version | None


def version_of(file: File, job: JobInfo) -> Version:
    """Every write makes a new file, so its inode tells the bytes apart."""
    return Version(job.token, job.attempt, str(file.entry.inode))


def record_at(draft: Draft, at: Location) -> tuple[JobInfo, Version] | None:
    """The record at a place, if there is one."""
    return _record(draft.look(draft.spot(at)))


def _record(node: Node | None) -> tuple[JobInfo, Version] | None:
    if type(node) is not File or not isinstance(node.content, JobInfo):
        return None
    return node.content, version_of(node, node.content)


def is_ours(draft: Draft, guard: Guard) -> bool:
    """Whether the record still is that of this attempt."""
    found = record_at(draft, guard.record)
    return found is not None and (found[1].token, found[1].attempt) == (guard.token, guard.attempt)


def still_ours(draft: Draft, guard: Guard, otherwise: str) -> None:
    """Halts if the record is another's by now. ``otherwise``: what was not done then."""
    if not is_ours(draft, guard):
        halt(Reason.DISOWNED, f"{guard.record} belongs to another job by now; {otherwise}")


def stored(draft: Draft, spot: Spot, job: JobInfo) -> Written:
    """Writes a record, whatever stood there."""
    before = draft.look(spot)
    old = before.content if before is not None else None
    if draft.full:
        draft.space(spot)
    draft.note(RecordWritten(draft.life, old if isinstance(old, JobInfo) else None, job))
    return Written(version_of(draft.write(spot, job, RECORD_BYTES), job))


def _directory_stands(draft: Draft, spot: Spot) -> None:
    if spot.above is None or draft.names(spot.above) is None:
        halt(Reason.INPUT_DIR_GONE, f"{spot}: the directory of the info file is gone", transient=True)


def write_record(draft: Draft, effect: WriteRecord) -> Written | Refusal:
    """Replaces a record that still is what was last read; one that says the same already is left as it is."""
    spot = draft.spot(effect.at)
    _directory_stands(draft, spot)
    found = _record(draft.look(spot))
    if found is None:
        return Refusal(None, None)
    job, version = found
    if job == effect.job:
        return Written(version)
    return stored(draft, spot, effect.job) if version == effect.expects else Refusal(job, version)


def create_record(draft: Draft, effect: CreateRecord) -> Written | Refusal:
    """Creates a record where nothing is."""
    spot = draft.spot(effect.at)
    _directory_stands(draft, spot)
    if draft.look(spot) is None:
        moved = [found for at in effect.moved_to if (found := record_at(draft, at)) is not None]
        mine = [found for found in moved if found[0].token == effect.job.token]
        if mine:
            return Refusal(*mine[0])
        if effect.guard is not None:
            still_ours(draft, effect.guard, "nothing was created")
        return stored(draft, spot, effect.job)
    found = record_at(draft, effect.at)
    if found is None:
        return Refusal(None, None)
    job, version = found
    return Written(version) if job == effect.job else Refusal(job, version)


def withdraw_record(draft: Draft, effect: WithdrawRecord) -> Ok:
    """Removes a record that nobody claimed."""
    found = record_at(draft, effect.at)
    if found is not None:
        job = found[0]
        if job.token == effect.token and job.job_id is None and job.work_dir is None and not job.state.ended:
            spot = draft.spot(effect.at)
            draft.note(RecordWritten(draft.life, job, None))
            draft.tick()
            draft.drop(spot)
            draft.step()
    return Ok()


def read_record(draft: Draft, effect: ReadRecord) -> RecordFound:
    """The first of these places that has one."""
    for number, place in enumerate(effect.places):
        found = record_at(draft, place)
        if found is not None:
            return RecordFound(found[0], number, found[1])
    return RecordFound(None)


def record_in(world: World, at: Location) -> tuple[JobInfo, Version] | None:
    """The record at a place of a world, as its host has it."""
    return _record(node_in(world, at.path, at.host or world.here))
