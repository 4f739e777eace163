"""What a job is doing, in people's words: the phases of its life, taken together. ``during=`` means these."""

from collections.abc import Mapping
from enum import StrEnum

from qq.core.lifecycle.phases import Phase
from qq.core.records.parse import shown
from qq.core.result import Fault, InvalidJob


class Doing(StrEnum):
    """A part of a job's life."""

    STAGING = "staging"
    RUNNING = "running"
    RECORDING = "recording"
    ARCHIVING = "archiving"
    COPYING_HOME = "copying home"
    SUBMITTING = "submitting"
    CLEARING_UP = "clearing up"
    ENDING = "ending"
    STARTING_ANEW = "starting anew"


MOMENTS = (
    Doing.STAGING,
    Doing.RUNNING,
    Doing.ARCHIVING,
    Doing.COPYING_HOME,
    Doing.SUBMITTING,
    Doing.CLEARING_UP,
)
"""When something may go wrong, in the order of a life."""

_PHASES: Mapping[Doing, tuple[Phase, ...]] = {
    Doing.STAGING: (Phase.BOOT, Phase.CLAIM, Phase.PREVIOUS, Phase.SURVEY, Phase.STAGE, Phase.START),
    Doing.RUNNING: (Phase.EXECUTE,),
    Doing.RECORDING: (Phase.INSPECT, Phase.NOTE_CODE, Phase.CODE, Phase.LEFTOVERS, Phase.SORT, Phase.CLOSE),
    Doing.ARCHIVING: (Phase.ARCHIVE, Phase.ARCHIVED),
    Doing.COPYING_HOME: (Phase.TRANSFER, Phase.PROOF),
    Doing.SUBMITTING: (
        Phase.LOOKUP,
        Phase.INTEND,
        Phase.SUBMIT,
        Phase.LINK,
        Phase.LINK_NEXT,
        Phase.WITHDRAW,
        Phase.NOTE_REFUSAL,
    ),
    Doing.CLEARING_UP: (Phase.REMOVE, Phase.FAREWELL, Phase.END),
    Doing.ENDING: (
        Phase.FAIL_LOOK,
        Phase.FAIL_OUTPUT,
        Phase.FAIL_RECORD,
        Phase.STOP_SIGNAL,
        Phase.STOP_RECORD,
        Phase.STOP_WAIT,
        Phase.STOP_LOOK,
        Phase.STOP_OUTPUT,
        Phase.DISOWN,
        Phase.UNMAKE,
        Phase.TIDY_LOOK,
        Phase.TIDY,
    ),
    Doing.STARTING_ANEW: (
        Phase.RESTART_LOOK,
        Phase.RESTART_OUTPUT,
        Phase.RESTART_RECORD,
        Phase.RESTART_SUBMIT,
        Phase.RESTART_LINK,
    ),
}

DOING: Mapping[Phase, Doing] = {phase: doing for doing, phases in _PHASES.items() for phase in phases}
"""Every phase, and what that is for people."""


def known_moment(word: object) -> Doing:
    """The part of a life that a word means; an InvalidJob if it means none in which something may go wrong."""
    wanted = str(word).replace("-", " ").replace("_", " ").strip().lower()
    found = next((moment for moment in MOMENTS if moment == wanted), None)
    if found is None:
        words = f"{shown(word)} is no part of a job's life; parts are {', '.join(MOMENTS)}"
        raise InvalidJob([Fault("during", words)])
    return found
