"""What a run learns after the script has ended."""

from qq.core.changes import union, without
from qq.core.lifecycle import sorting
from qq.core.lifecycle.ask_record import known_code
from qq.core.lifecycle.begin import after_close
from qq.core.lifecycle.decisions import should_archive, should_transfer
from qq.core.lifecycle.failing import anothers, gone
from qq.core.lifecycle.learning import Event, answers, at, only, recorded
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.listing import Listing
from qq.core.moments import (
    Listed,
    MarkRead,
    Placed,
    Removed,
    ScriptEnded,
    Verified,
)
from qq.core.paths import to_text
from qq.core.replacing import replace


def script_ended(run: Run, event: Event) -> Run:
    """The one moment in which the script's code becomes known."""
    return replace(at(run, event, Phase.NOTE_CODE), code=only(event, ScriptEnded).exit_code)


def noted(run: Run, event: Event, where: str, before: Listing | None) -> Run:
    """Files of others that were kept aside are told to the user, in ``.qqout`` and in the record.

    ``before``: what the job began with there. Anything else that stands there need not have come while it ran.
    """
    aside = [each for placed in answers(event, Placed) for each in placed.aside]
    began = {entry.path for entry in before or ()} if aside else set()
    return with_notes(run, [_kept_aside(path, name, where, path in began) for path, name in aside])


def _kept_aside(path: bytes, name: bytes, where: str, began: bool) -> str:
    what = f"{to_text(path)} was changed in {where} while the job ran"
    what = what if began else f"another {to_text(path)} stood in {where}"
    return f"{what}: that version is kept as {to_text(name)}"


def with_notes(run: Run, words: list[str]) -> Run:
    """The run that says these words, once each, and writes them into its record."""
    fresh = [line for line in words if line not in run.job.notes]
    if not fresh:
        return run
    return replace(run, say=(*run.say, *fresh), job=replace(run.job, notes=run.job.notes.extend(fresh)))


def sorted_out(run: Run, event: Event) -> Run:
    """The script has ended, nobody writes any more: this is what there is, and what becomes of it."""
    mark = only(event, MarkRead).mark
    listings = [answer.listing for answer in answers(event, Listed)]
    if mark is not None and mark.token != run.job.token:
        return anothers(run, event)
    if not listings or listings[0] is None:
        return gone(run, event)
    archive = listings[1] if len(listings) > 1 else None
    left = sorting.left_there(run.job, listings[0])
    changed, same = sorting.split(mark, without(listings[0], frozenset(left)))
    other_sides = None if mark is None else replace(mark, work=None)
    run = replace(run, mark=other_sides, changed=changed, same=same, left=left, in_archive=archive or Listing())
    moved = sorting.to_archive(run) if should_archive(run.job, known_code(run)) else Listing()
    return replace(at(run, event, Phase.ARCHIVE), moved=moved)


def _proved(event: Event) -> Listing:
    proof = Listing()
    for verified in answers(event, Verified):
        proof = union(proof, verified.proof) if proof.count else verified.proof
    return proof


def archived(run: Run, event: Event) -> Run:
    """Everything of the cycle stands in the archive, verified: it may go from the working directory."""
    kept = frozenset(path for placed in answers(event, Placed) for path in placed.kept)
    proof = _proved(event)
    run = replace(at(run, event, Phase.ARCHIVED), proof=without(proof, kept) if kept else proof)
    return noted(run, event, "the archive", run.mark.archive if run.mark else None)


def cleared(run: Run, event: Event) -> Run:
    """Archived files are gone from the working directory; what changed meanwhile stays there."""
    kept = frozenset(path for removed in answers(event, Removed) for path in removed.kept)
    moved = sorting.gone_from_work(run, kept)
    run = replace(at(run, event, Phase.TRANSFER), moved=moved)
    return with_notes(run, [f"{to_text(path)} changed while it was archived: it stays" for path in sorted(kept)])


def transferred(run: Run, event: Event) -> Run:
    """Everything that was due at home stands there, verified."""
    before = run.mark.home if run.mark else None
    run = noted(replace(at(run, event, Phase.PROOF), proof=_proved(event)), event, run.job.input_dir, before)
    if not should_transfer(run.job, known_code(run)):
        return run
    dropped = sorting.changed_included(run)
    notes = [f"changes in the included {to_text(name)} do not come home" for name in dropped]
    stay = f"can't stand at home, where its name is qq's own: it stays in {run.work_dir}"
    return with_notes(run, [*notes, *(f"{to_text(name)} {stay}" for name in run.left)])


def closed(run: Run, event: Event) -> Run:
    """Finished or failed is on record."""
    none = Listing()
    run = recorded(run, event, Phase.LOOKUP)
    return after_close(replace(run, changed=none, same=none, proof=none, moved=none, mark=None))
