"""``perform(world, effect)``: what an effect does to the model world, and what it answers. Pure, total over the union.

Every effect is a series of micro-steps, each of which another process could see; ``limit`` ends it after so many, as a
crash or a signal would. What is there then is the world that is handed back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from qq.core import effects as e
from qq.core.moments import Answer, Ok
from qq.core.paths import join, to_bytes
from qq.core.simulate import batch, beside, copying, looking, placing, records, removing, running
from qq.core.simulate.draft import Draft, Meanwhile, OverrunError, StoppedError
from qq.core.simulate.records import Refusal
from qq.core.simulate.spots import HaltError, halt
from qq.core.simulate.world import World
from qq.core.troubles import Reason, Trouble


class Stopped(Struct, frozen=True):
    """The effect was given up in the middle. ``overrun``: because the walltime was over."""

    overrun: bool = False


Outcome = Answer | Refusal | Trouble | Stopped


class Performed(Struct, frozen=True):
    """The world afterwards, what the effect answered, and how many micro-steps it took."""

    world: World
    outcome: Outcome
    steps: int


def perform(
    world: World, effect: e.Effect, limit: int | None = None, *, tidy: bool = False, meanwhile: Sequence[Meanwhile] = ()
) -> Performed:
    """Performs an effect. ``limit``: it is given up right after so many micro-steps (``Stopped``); ``tidy``: not so
    suddenly that it could not clean up; ``meanwhile``: what others do in the middle of it."""
    draft = Draft(world)
    draft.watch(limit, tidy=tidy, meanwhile=meanwhile)
    outcome = act(draft, effect)
    return Performed(draft.freeze(), outcome, draft.steps)


def act(draft: Draft, effect: e.Effect) -> Outcome:
    """The same in a draft: a life is played in one."""
    draft.steps = 0
    try:
        return PERFORMERS[type(effect)](draft, effect)
    except HaltError as error:
        return error.trouble
    except StoppedError:
        return Stopped()
    except OverrunError:
        return Stopped(overrun=True)


def _make_dir(draft: Draft, effect: e.MakeDir) -> Ok:
    spot = draft.spot(effect.at)
    draft.make_parents(spot)
    if not draft.make_directory(spot) and effect.fresh and draft.names(spot):
        halt(Reason.PLACE_TAKEN, f"{spot} is there already, and is not empty")
    return Ok()


def _move_runtime(draft: Draft, effect: e.MoveRuntime) -> Ok:
    directory, host = draft.spot(effect.directory), effect.directory.host or draft.here
    for name, candidates in effect.moves:
        old = to_bytes(name)
        if draft.child(directory, old) is None:
            continue
        for each in candidates:
            path = each if each.startswith("/") else join(effect.directory.path, each)
            above, _, last = path.rpartition("/")
            target, new = draft.place(host, above), to_bytes(last)
            if draft.child(target, new) is None:
                draft.rename(directory, old, target, new)
                break
        else:
            halt(Reason.PLACE_TAKEN, f"{directory.at(old)} can't be moved: {candidates[-1]} is there already")
    return Ok()


def _create(draft: Draft, effect: e.Create) -> Ok:
    spot = draft.spot(effect.at)
    if draft.look(spot) is None:
        draft.write(spot, "", 0)
    return Ok()


def _stop_script(draft: Draft, _effect: e.StopScript) -> Ok:
    draft.running = None
    return Ok()


def _nothing(_draft: Draft, _effect: e.Say | e.SignalScript) -> Ok:
    return Ok()


PERFORMERS: Mapping[type[e.Effect], Callable[[Draft, Any], Answer | Refusal]] = {
    e.ClearTemporary: removing.clear_temporary,
    e.Copy: copying.copy,
    e.Create: _create,
    e.CreateRecord: records.create_record,
    e.FindJob: batch.find_job,
    e.Include: copying.include,
    e.List: looking.list_files,
    e.MakeDir: _make_dir,
    e.MoveRuntime: _move_runtime,
    e.NoteCode: beside.note_code,
    e.NoteProof: beside.note_proof,
    e.NoteSynced: beside.note_synced,
    e.Place: placing.place,
    e.ReadMark: beside.read_mark,
    e.ReadRecord: records.read_record,
    e.RemoveFiles: removing.remove_files,
    e.RemoveMark: beside.remove_mark,
    e.RemoveTree: removing.remove_tree,
    e.RunScript: running.run_script,
    e.Say: _nothing,
    e.SignalScript: _nothing,
    e.Stage: beside.stage,
    e.StopScript: _stop_script,
    e.SubmitJob: batch.submit_job,
    e.VerifyCopy: copying.verify,
    e.WithdrawRecord: records.withdraw_record,
    e.WriteRecord: records.write_record,
}
"""By type, not by matching: a life has forty effects, and a match over the union asks of each ten times what it is."""
