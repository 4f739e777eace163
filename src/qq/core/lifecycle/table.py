"""The table of a job's life: for every phase what it asks, and where each kind of moment leads.

``learn``, the figure in docs/lifecycle.md and the tests are made from it. It is complete: every phase has a row, every
row says what all four kinds of moments mean, ``IMPOSSIBLE`` included.
"""

from collections.abc import Mapping

from msgspec import Struct

from qq.core.exitcodes import NO_RECORD, TERMINATED
from qq.core.lifecycle import failing, learn_after, learn_before, learn_ends, learn_next, learning
from qq.core.lifecycle.learning import Learn
from qq.core.lifecycle.phases import Phase


class Rule(Struct, frozen=True):
    """What a moment means in a phase: how the run learns from it, and to which phases that may lead."""

    learn: Learn
    targets: tuple[Phase, ...]


class Row(Struct, frozen=True):
    """A phase: what it asks of the world, in words, and the rules for what may come of it."""

    asks: str
    done: Rule
    failed: Rule
    refused: Rule
    terminated: Rule


IMPOSSIBLE = Rule(learning.nonsense, ())
STOP = Rule(learning.terminated, (Phase.STOP_RECORD,))
FAIL = Rule(failing.failing, (Phase.FAIL_LOOK, Phase.DISOWN))
STOPPED = Rule(learn_ends.stopped, (Phase.TIDY_LOOK, Phase.END))
KILLED = Rule(learning.end(TERMINATED), (Phase.END,))
LAST_WORDS = (Phase.FAREWELL, Phase.END)


def _to(phase: Phase) -> Rule:
    return Rule(learning.to(phase), (phase,))


def _written(phase: Phase) -> Rule:
    return Rule(learning.written(phase), (phase,))


def _end(code: int | None = None) -> Rule:
    return Rule(learning.end(code), (Phase.END,))


def _best_effort(asks: str, then: Phase, done: Rule | None = None) -> Row:
    """A phase that goes on whatever comes of it."""
    return Row(asks, done or _to(then), _to(then), IMPOSSIBLE, _to(then))


TABLE: Mapping[Phase, Row] = {
    Phase.INSPECT: Row(
        "look at the mark of the working directory that the record names",
        Rule(
            learn_before.inspected,
            (
                Phase.SORT,
                Phase.CODE,
                Phase.CLAIM,
                Phase.FAIL_RECORD,
                Phase.RESTART_LOOK,
                Phase.RESTART_RECORD,
                Phase.END,
            ),
        ),
        Rule(learn_before.not_inspected, (Phase.CLAIM, Phase.FAIL_RECORD, Phase.RESTART_LOOK, Phase.END)),
        IMPOSSIBLE,
        KILLED,
    ),
    Phase.CLAIM: Row(
        "write own id, attempt, node and working directory into the record, still queued",
        Rule(learn_before.claimed, (Phase.PREVIOUS, Phase.FAIL_LOOK)),
        _end(NO_RECORD),
        Rule(learning.refused(learning.end_lost, learning.end_lost), (Phase.CLAIM, Phase.END)),
        STOP,
    ),
    Phase.PREVIOUS: Row(
        "look whether the cycle before this one finished",
        Rule(learn_before.previous_known, (Phase.SURVEY, Phase.FAIL_LOOK)),
        FAIL,
        IMPOSSIBLE,
        STOP,
    ),
    Phase.SURVEY: Row(
        "move runtime files of the last cycle to the archive; list the input directory and this cycle's archived files",
        Rule(learn_before.surveyed, (Phase.STAGE, Phase.FAIL_LOOK)),
        Rule(learn_before.not_surveyed, (Phase.STAGE, Phase.FAIL_LOOK, Phase.DISOWN)),
        IMPOSSIBLE,
        STOP,
    ),
    Phase.STAGE: Row(
        "make the working directory and fill it; write the mark and the list of what was staged",
        Rule(learn_before.staged, (Phase.START,)),
        FAIL,
        IMPOSSIBLE,
        STOP,
    ),
    Phase.START: Row(
        "write running, start time, nodes into the record",
        Rule(learn_before.started, (Phase.EXECUTE,)),
        FAIL,
        Rule(
            learning.refused(learn_ends.too_late, learning.killed_while_running),
            (Phase.START, Phase.STOP_RECORD, Phase.UNMAKE),
        ),
        STOP,
    ),
    Phase.EXECUTE: Row(
        "run the script",
        Rule(learn_after.script_ended, (Phase.NOTE_CODE,)),
        FAIL,
        IMPOSSIBLE,
        Rule(learning.terminated, (Phase.STOP_SIGNAL,)),
    ),
    Phase.NOTE_CODE: Row("note the script's exit code in the mark", _to(Phase.CODE), _to(Phase.CODE), IMPOSSIBLE, STOP),
    Phase.CODE: Row(
        "write the script's exit code into the record",
        _written(Phase.LEFTOVERS),
        Rule(learning.not_written, (Phase.DISOWN,)),
        Rule(
            learning.refused(learning.disowned, learning.killed_while_running),
            (Phase.CODE, Phase.STOP_RECORD, Phase.DISOWN),
        ),
        STOP,
    ),
    Phase.LEFTOVERS: Row("end what is left of the script's processes", _to(Phase.SORT), FAIL, IMPOSSIBLE, STOP),
    Phase.SORT: Row(
        "list the working directory and, in the archive, this cycle and the next",
        Rule(learn_after.sorted_out, (Phase.ARCHIVE, Phase.FAIL_LOOK, Phase.FAIL_RECORD)),
        FAIL,
        IMPOSSIBLE,
        STOP,
    ),
    Phase.ARCHIVE: Row(
        "copy, verify and place the cycle's files in the archive",
        Rule(learn_after.archived, (Phase.ARCHIVED,)),
        FAIL,
        IMPOSSIBLE,
        STOP,
    ),
    Phase.ARCHIVED: Row(
        "remove what was archived from the working directory",
        Rule(learn_after.cleared, (Phase.TRANSFER,)),
        FAIL,
        IMPOSSIBLE,
        STOP,
    ),
    Phase.TRANSFER: Row(
        "copy, verify, place at home what the script made or changed, if the transfer mode allows it, else .out, .err",
        Rule(learn_after.transferred, (Phase.PROOF,)),
        FAIL,
        IMPOSSIBLE,
        STOP,
    ),
    Phase.PROOF: Row("note beside the mark what is proved to be at home", _to(Phase.CLOSE), FAIL, IMPOSSIBLE, STOP),
    Phase.CLOSE: Row(
        "write finished or failed, and what was delivered, into the record",
        Rule(learn_after.closed, (Phase.LOOKUP, Phase.REMOVE)),
        _end(NO_RECORD),
        Rule(
            learning.refused(learning.end_lost, learning.killed_while_running),
            (Phase.CLOSE, Phase.STOP_RECORD, Phase.END),
        ),
        KILLED,
    ),
    Phase.LOOKUP: Row(
        "ask the batch system whether it has the next job already",
        Rule(learn_next.looked_up, (Phase.INTEND,)),
        Rule(learn_next.not_submitted, (Phase.NOTE_REFUSAL,)),
        IMPOSSIBLE,
        KILLED,
    ),
    Phase.INTEND: Row(
        "create the record of the next cycle, unless the chain has gone on already",
        Rule(learn_next.intended, (Phase.SUBMIT, Phase.REMOVE)),
        Rule(learn_next.not_submitted, (Phase.NOTE_REFUSAL, Phase.REMOVE)),
        Rule(learn_next.next_exists, (Phase.SUBMIT, Phase.REMOVE, Phase.NOTE_REFUSAL)),
        KILLED,
    ),
    Phase.SUBMIT: Row(
        "submit the next job, to start when this one has ended",
        Rule(learn_next.submitted, (Phase.LINK,)),
        Rule(learn_next.not_submitted, (Phase.WITHDRAW, Phase.NOTE_REFUSAL)),
        IMPOSSIBLE,
        KILLED,
    ),
    Phase.LINK: Row(
        "write the next job's id into the record",
        _written(Phase.LINK_NEXT),
        _to(Phase.REMOVE),
        Rule(learn_next.link_refused, (Phase.LINK, Phase.REMOVE)),
        _to(Phase.REMOVE),
    ),
    Phase.LINK_NEXT: Row(
        "write the next job's id into its own record",
        _to(Phase.REMOVE),
        _to(Phase.REMOVE),
        _to(Phase.REMOVE),
        _to(Phase.REMOVE),
    ),
    Phase.REMOVE: Row(
        "remove the working directory, if everything of it is proved to be at home",
        Rule(learn_next.removed, LAST_WORDS),
        Rule(learn_next.not_removed, (Phase.FAREWELL,)),
        IMPOSSIBLE,
        Rule(learn_next.not_removed, (Phase.FAREWELL,)),
    ),
    Phase.FAIL_LOOK: _best_effort(
        "look for .out and .err",
        Phase.FAIL_RECORD,
        Rule(learn_ends.output_found(Phase.FAIL_OUTPUT), (Phase.FAIL_OUTPUT,)),
    ),
    Phase.FAIL_OUTPUT: _best_effort("bring .out and .err home", Phase.FAIL_RECORD),
    Phase.FAIL_RECORD: Row(
        "write failed, and why, into the record",
        Rule(learn_ends.failure_written, (Phase.END,)),
        _end(NO_RECORD),
        Rule(learning.refused(learn_ends.not_ours, learn_ends.retaken), (Phase.FAIL_RECORD, Phase.TIDY_LOOK)),
        Rule(learn_ends.retaken, (Phase.FAIL_RECORD,)),
    ),
    Phase.STOP_SIGNAL: _best_effort("SIGTERM to the script", Phase.STOP_RECORD),
    Phase.STOP_RECORD: Row(
        "write killed, and why, into the record",
        _written(Phase.STOP_WAIT),
        _to(Phase.STOP_WAIT),
        Rule(learn_ends.stop_refused, (Phase.STOP_RECORD, Phase.STOP_WAIT, Phase.DISOWN)),
        _to(Phase.STOP_WAIT),
    ),
    Phase.STOP_WAIT: _best_effort("wait for the script's processes, end those that don't go", Phase.STOP_LOOK),
    Phase.STOP_LOOK: Row(
        "look for .out and .err",
        Rule(learn_ends.output_found(Phase.STOP_OUTPUT), (Phase.STOP_OUTPUT,)),
        _end(),
        IMPOSSIBLE,
        _end(),
    ),
    Phase.STOP_OUTPUT: Row("bring .out and .err home", _end(), _end(), IMPOSSIBLE, _end()),
    Phase.DISOWN: Row("end the script's processes, copy nothing home", STOPPED, STOPPED, IMPOSSIBLE, _end()),
    Phase.UNMAKE: Row(
        "remove the working directory that was made for nothing, if it still is as it was staged",
        _to(Phase.TIDY_LOOK),
        _to(Phase.TIDY_LOOK),
        IMPOSSIBLE,
        _end(),
    ),
    Phase.TIDY_LOOK: Row(
        "look whether another life may be at work with this job's temporary names",
        Rule(learn_ends.looked_for_others, (Phase.TIDY, Phase.END)),
        _end(),
        IMPOSSIBLE,
        _end(),
    ),
    Phase.TIDY: Row("remove this job's temporary names at home", _end(), _end(), IMPOSSIBLE, _end()),
    Phase.WITHDRAW: _best_effort("take the record of the next cycle back", Phase.NOTE_REFUSAL),
    Phase.NOTE_REFUSAL: Row(
        "write into the record that the next cycle could not be submitted",
        _written(Phase.REMOVE),
        _to(Phase.REMOVE),
        Rule(learn_next.link_refused, (Phase.NOTE_REFUSAL, Phase.REMOVE)),
        _to(Phase.REMOVE),
    ),
    Phase.RESTART_LOOK: Row(
        "look for .out and .err of the lost attempt",
        Rule(learn_ends.output_found(Phase.RESTART_OUTPUT), (Phase.RESTART_OUTPUT,)),
        _to(Phase.RESTART_RECORD),
        IMPOSSIBLE,
        KILLED,
    ),
    Phase.RESTART_OUTPUT: Row(
        "bring .out and .err of the lost attempt home",
        _to(Phase.RESTART_RECORD),
        _to(Phase.RESTART_RECORD),
        IMPOSSIBLE,
        KILLED,
    ),
    Phase.RESTART_RECORD: Row(
        "write queued, a new attempt, without an id into the record",
        _written(Phase.RESTART_SUBMIT),
        _end(NO_RECORD),
        Rule(learning.refused(learning.end_lost, learn_ends.retaken), (Phase.RESTART_RECORD, Phase.END)),
        KILLED,
    ),
    Phase.RESTART_SUBMIT: Row(
        "submit the job again, under the same token",
        Rule(learn_ends.restarted, (Phase.RESTART_LINK,)),
        Rule(learn_ends.not_restarted, (Phase.FAREWELL,)),
        IMPOSSIBLE,
        KILLED,
    ),
    Phase.RESTART_LINK: Row("write its id into the record", _end(0), _end(0), _end(0), _end(0)),
    Phase.FAREWELL: Row("say what a person should know", _end(), _end(), IMPOSSIBLE, _end()),
}
