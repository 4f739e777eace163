"""Marks and the lists beside them in the model world."""

from msgspec import Struct

from qq.core.effects import Location, NoteCode, NoteProof, NoteSynced, ReadMark, RemoveMark, Stage
from qq.core.listing import Entry, Listing
from qq.core.marks import came_later, is_own
from qq.core.moments import Mark, MarkRead, Ok, Staged
from qq.core.replacing import replace
from qq.core.simulate.draft import Draft
from qq.core.simulate.looking import listing_of
from qq.core.simulate.spots import Spot, halt
from qq.core.simulate.world import CodeNoted
from qq.core.troubles import Reason


class MarkFile(Struct, frozen=True):
    """What a mark says."""

    token: str
    attempt: int
    job_id: str
    exit_code: int | None = None


class StagedFile(Struct, frozen=True):
    """A staged list. It counts only beside a mark with the same token."""

    token: str
    staged: Staged


class NotedFile(Struct, frozen=True):
    """What was synced, or proved."""

    token: str
    listing: Listing


def _beside(spot: Spot, suffix: bytes) -> Spot:
    assert spot.above is not None  # a mark is no disk
    return spot.above.at(spot.name + suffix)


RESERVED = "room for the proof"
_ROOM = 1 << 16
_LISTS = (b".proof", b".synced", b".list")


def mark_at(draft: Draft, at: Location) -> tuple[Spot, MarkFile | None]:
    """Whose mark stands at this path."""
    spot = draft.spot(at)
    node = draft.look(spot)
    return spot, node.content if node is not None and isinstance(node.content, MarkFile) else None


def _staged(draft: Draft, spot: Spot, token: str) -> Staged | None:
    node = draft.look(_beside(spot, b".list"))
    content = node.content if node is not None else None
    return content.staged if isinstance(content, StagedFile) and content.token == token else None


def noted(draft: Draft, spot: Spot, suffix: bytes, token: str) -> Listing | None:
    """A list that was noted beside a mark: ``.synced`` or ``.proof``."""
    node = draft.look(_beside(spot, suffix))
    content = node.content if node is not None else None
    return content.listing if isinstance(content, NotedFile) and content.token == token else None


def discard_mark(draft: Draft, spot: Spot) -> None:
    """Removes the lists, then the mark."""
    _discard(draft, [_beside(spot, suffix) for suffix in _LISTS])
    _discard(draft, [spot])


def _discard(draft: Draft, spots: list[Spot]) -> None:
    for spot in spots:
        if draft.look(spot) is not None:
            draft.tick()
            draft.drop(spot)
            draft.step()


def read_mark(draft: Draft, effect: ReadMark) -> MarkRead:
    """A directory may be gone while its mark stands, and the other way round."""
    spot, mark = mark_at(draft, effect.at)
    exists = draft.names(draft.spot(Location(effect.work_dir, effect.at.host))) is not None
    if mark is None:
        return MarkRead(None, exists)
    staged = _staged(draft, spot, mark.token)
    read = Mark(
        token=mark.token,
        attempt=mark.attempt,
        job_id=mark.job_id,
        exit_code=mark.exit_code,
        work=staged.work if staged else None,
        home=staged.home if staged else None,
        archive=staged.archive if staged else None,
        synced=noted(draft, spot, b".synced", mark.token) or Listing(),
        proved=noted(draft, spot, b".proof", mark.token) is not None,
    )
    return MarkRead(read, exists)


def stage(draft: Draft, effect: Stage) -> Staged:
    """Mark, then list."""
    spot, mark = mark_at(draft, effect.mark)
    if mark is not None and came_later(mark.token, mark.attempt, effect):
        halt(Reason.DISOWNED, f"{spot} is a later attempt's by now")
    kept = _staged(draft, spot, effect.token) if effect.keep_list and mark and mark.token == effect.token else None
    if kept is None:
        _discard(draft, [_beside(spot, suffix) for suffix in _LISTS])
    draft.write(spot, MarkFile(effect.token, effect.attempt, effect.job_id))
    if kept is not None:
        return kept
    work = listing_of(draft, draft.spot(Location(effect.work_dir, effect.mark.host)), frozenset(effect.without))
    if work is None:
        halt(Reason.WORK_DIR_GONE, f"the working directory {effect.work_dir} is gone")
    staged = Staged(work, effect.home, effect.archive)
    draft.write(_beside(spot, b".list"), StagedFile(effect.token, staged))
    _reserve(draft, spot, draft.spot(Location(effect.work_dir, effect.mark.host)))
    return staged


def _reserve(draft: Draft, spot: Spot, work: Spot) -> None:
    """Room for the proof, if there is any: the script may fill scratch to the last byte."""
    if spot.above is not work and spot.disk not in draft.full:
        draft.write(_beside(spot, b".proof"), RESERVED, _ROOM)


def note_code(draft: Draft, effect: NoteCode) -> Ok:
    """Into the mark, which must be there, and this attempt's."""
    spot, mark = _own_mark(draft, effect.mark)
    if not is_own(mark.token, mark.attempt, effect):
        halt(Reason.DISOWNED, f"{spot} is another attempt's by now")
    draft.space(spot)
    draft.note(CodeNoted(draft.life, mark.token, mark.attempt, effect.exit_code))
    draft.write(spot, replace(mark, exit_code=effect.exit_code))
    return Ok()


def note_proof(draft: Draft, effect: NoteProof) -> Ok:
    """Beside the mark."""
    spot, mark = _own_mark(draft, effect.mark)
    proof = _beside(spot, b".proof")
    there = draft.look(proof)
    if spot.disk in draft.full and there is not None and there.content is RESERVED:
        draft.drop(proof)
        draft.write(proof, NotedFile(mark.token, effect.proof), 0)  # in the room that was kept for it
    else:
        draft.write(proof, NotedFile(mark.token, effect.proof))
    return Ok()


def note_synced(draft: Draft, effect: NoteSynced) -> Ok:
    """Added to what was noted before; a path may have several entries."""
    spot, mark = _own_mark(draft, effect.mark)
    known: set[Entry] = {*(noted(draft, spot, b".synced", mark.token) or ()), *effect.at_home}
    draft.write(_beside(spot, b".synced"), NotedFile(mark.token, Listing.of(sorted(known))))
    return Ok()


def remove_mark(draft: Draft, effect: RemoveMark) -> Ok:
    """Another job's mark stays."""
    spot, mark = mark_at(draft, effect.mark)
    if mark is not None and mark.token == effect.token:
        discard_mark(draft, spot)
    return Ok()


def _own_mark(draft: Draft, at: Location) -> tuple[Spot, MarkFile]:
    spot, mark = mark_at(draft, at)
    if mark is None:
        halt(Reason.NO_SUCH_FILE, f"the mark {spot} of the working directory is gone")
    return spot, mark
