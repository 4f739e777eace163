"""``ask(run)``: what is asked of the world in each phase. An empty list: there is nothing to do in it."""

from collections.abc import Callable, Mapping

from qq.core.effects import (
    Effect,
    NoteCode,
    Say,
    SignalScript,
)
from qq.core.lifecycle.ask_after import archive, archived, proof, sort, transfer
from qq.core.lifecycle.ask_before import execute, inspect, previous, stage, survey
from qq.core.lifecycle.ask_ends import (
    bring_output,
    look_for_others,
    look_for_output,
    restart_submit,
    stop,
    tidy,
    unmake,
)
from qq.core.lifecycle.ask_next import intend, link_next, lookup, remove, submit, withdraw
from qq.core.lifecycle.ask_record import Effects, known_code, write_record
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run


def _nothing(_run: Run) -> Effects:
    return []


ASKS: Mapping[Phase, Callable[[Run], Effects]] = {
    Phase.BOOT: _nothing,
    Phase.INSPECT: inspect,
    Phase.CLAIM: write_record,
    Phase.PREVIOUS: previous,
    Phase.SURVEY: survey,
    Phase.STAGE: stage,
    Phase.START: write_record,
    Phase.EXECUTE: execute,
    Phase.NOTE_CODE: lambda run: [NoteCode(run.at_mark, known_code(run), run.job.token, run.job.attempt)],
    Phase.CODE: write_record,
    Phase.LEFTOVERS: stop,
    Phase.SORT: sort,
    Phase.ARCHIVE: archive,
    Phase.ARCHIVED: archived,
    Phase.TRANSFER: transfer,
    Phase.PROOF: proof,
    Phase.CLOSE: write_record,
    Phase.LOOKUP: lookup,
    Phase.INTEND: intend,
    Phase.SUBMIT: submit,
    Phase.LINK: write_record,
    Phase.LINK_NEXT: link_next,
    Phase.REMOVE: remove,
    Phase.FAIL_LOOK: look_for_output,
    Phase.FAIL_OUTPUT: bring_output,
    Phase.FAIL_RECORD: write_record,
    Phase.STOP_SIGNAL: lambda _run: [SignalScript()],
    Phase.STOP_RECORD: write_record,
    Phase.STOP_WAIT: stop,
    Phase.STOP_LOOK: look_for_output,
    Phase.STOP_OUTPUT: bring_output,
    Phase.DISOWN: stop,
    Phase.UNMAKE: unmake,
    Phase.TIDY_LOOK: look_for_others,
    Phase.TIDY: tidy,
    Phase.WITHDRAW: withdraw,
    Phase.NOTE_REFUSAL: write_record,
    Phase.RESTART_LOOK: look_for_output,
    Phase.RESTART_OUTPUT: bring_output,
    Phase.RESTART_RECORD: write_record,
    Phase.RESTART_SUBMIT: restart_submit,
    Phase.RESTART_LINK: write_record,
    Phase.FAREWELL: _nothing,
    Phase.END: _nothing,
}


def ask(run: Run) -> tuple[Effect, ...]:
    """The effects of this phase; what a person should know is said before them."""
    effects = ASKS[run.phase](run)
    if not effects and run.phase is not Phase.FAREWELL:
        return ()
    return (*map(Say, run.say), *effects) if run.say else tuple(effects)
