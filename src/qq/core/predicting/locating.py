"""From a mishap to the model's faults: at which effect of a life, and where in it. The life was played without it."""

from collections.abc import Iterator
from typing import assert_never

from msgspec import Struct

from qq.core.effect_words import effect_words
from qq.core.effects import Copy, Effect, Include, RemoveTree, RunScript, Say
from qq.core.predicting.doing import DOING, Doing
from qq.core.predicting.mishaps import (
    BatchSilent,
    DiskFull,
    Edited,
    Killed,
    Mishap,
    NodeLost,
    StepFails,
    SubmissionRefused,
)
from qq.core.predicting.setting import INPUT_DISK, SCRATCH_DISK
from qq.core.simulate import faults as f
from qq.core.simulate.trace import Acted, Life
from qq.core.simulate.world import Answering
from qq.core.troubles import Reason, Trouble

_MAIN = (Copy, Include, RunScript, RemoveTree)
"""What the parts of a life are about: things go wrong in the middle of these, if there are any."""
_BROKEN = Trouble(Reason.IO_ERROR, "input/output error")


class Begun(Struct, frozen=True):
    """An effect of a life: its number, what the job was doing, and its last try."""

    number: int
    doing: Doing
    acted: Acted

    @property
    def effect(self) -> Effect:
        """What was asked."""
        return self.acted.effect


def begun(life: Life) -> list[Begun]:
    """The effects of a life; one that was tried several times is one."""
    found: list[Begun] = []
    for step in life.steps:
        again: Acted | None = None
        for acted in step.acted:
            if again is not None and acted.effect is again.effect:
                found[-1] = Begun(found[-1].number, DOING[step.phase], acted)
            else:
                found.append(Begun(len(found), DOING[step.phase], acted))
            again = acted if isinstance(acted.outcome, Trouble) else None
    return found


def faults_for(life: Life, mishap: Mishap, after: int = 0) -> list[f.Fault]:
    """The model's faults; none if the life never comes to that. ``after``: effects before this one don't count."""
    later = [one for one in begun(life) if one.number >= after]
    if isinstance(mishap.kind, StepFails):
        wanted = mishap.kind.words.casefold()
        named = (one for one in later if not isinstance(one.effect, Say))  # saying something never fails
        later = [one for one in named if wanted in effect_words(one.effect).casefold()][:1]
    else:
        later = [one for one in later if one.doing is mishap.during]
    return list(_faults(life, mishap, later)) if later else []


def _faults(life: Life, mishap: Mishap, here: list[Begun]) -> Iterator[f.Fault]:
    first, middle = here[0], _middle(here)
    kind = mishap.kind
    match kind:
        case Killed(by_user):
            yield f.Fault(life.number, *middle, f.Signal(asked=life.record if by_user else None))
        case NodeLost(for_good, requeued):
            yield f.Fault(life.number, *middle, f.Crash(requeued, f.DiskLost(SCRATCH_DISK) if for_good else None))
        case DiskFull(disk):
            full = f.DiskFull(SCRATCH_DISK if disk == "scratch" else INPUT_DISK)
            yield f.Fault(life.number, first.number, 0, full)
        case BatchSilent():
            yield f.Fault(life.number, first.number, 0, f.BatchBecomes(Answering.SILENT))
        case SubmissionRefused():
            yield f.Fault(life.number, first.number, 0, f.BatchBecomes(Answering.REFUSES))
        case StepFails(times=times):
            yield f.Fault(life.number, first.number, 0, f.Fails(_BROKEN, f.ALWAYS if times is None else times))
        case Edited(name, size):
            job = life.job
            assert job is not None  # a life that does something has a record
            edit = f.UserWrites(job.input_machine, job.input_dir, name, size)
            yield f.Fault(life.number, *middle, edit)
        case _:
            assert_never(kind)


def _middle(here: list[Begun]) -> tuple[int, int]:
    """Number and micro-step: inside of what these effects are about; a script has written most of its files then."""
    main = next((one for one in here if isinstance(one.effect, _MAIN) and one.acted.steps), None)
    if main is None:
        return here[0].number, 0
    steps = main.acted.steps
    return main.number, (2 * steps + 2) // 3 if isinstance(main.effect, RunScript) else (steps + 1) // 2
