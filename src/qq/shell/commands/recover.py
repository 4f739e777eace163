"""Finishes jobs whose qq run died."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from msgspec import Struct, field

from qq.core.explain import explain
from qq.core.recovering import submits
from qq.core.replacing import replace
from qq.core.report import Kind, Report, Reports
from qq.core.result import Failure
from qq.core.selection import Selection
from qq.core.states import RecordState
from qq.core.suitability import Verdict, can_recover
from qq.shell.astray import in_place
from qq.shell.commands.face import SILENT, Face, always
from qq.shell.commands.picking import SKIPPED, pick, report_of
from qq.shell.commands.side_by_side import COPIES, side_by_side
from qq.shell.perform.lock import LockedError
from qq.shell.recover import Prepared, Recovered, alone_with, prepare, why_outdated
from qq.shell.recover import recover as go_on
from qq.shell.select import Job
from qq.shell.signals import Signals, listening_if_possible


class Recovery(Struct, frozen=True):
    """What was to be done about a job, and what came of it; neither where nothing could be done."""

    plan: Prepared | None = None
    result: Recovered | None = None
    said: list[str] = field(default_factory=list)
    """A line for each step that was taken."""


def recover(
    chosen: Selection,
    environ: Mapping[str, str],
    *,
    agree: Callable[[Sequence[Prepared]], bool] = always,
    face: Face = SILENT,
) -> Reports[Recovery]:
    """Plans each job of a selection again, and does it if that is agreed to."""
    with listening_if_possible() as signals:
        picked = pick(replace(chosen, earlier=True), environ, face, _suitable)
        looked = side_by_side("looking", picked.jobs, lambda job: _looked(job, environ, signals), face.bar)
        ready: list[Prepared] = []
        for plan in looked:
            if isinstance(plan, Prepared):
                ready.append(plan)
            else:
                picked.tell(plan)
        ready, left = _apart(ready)
        for report in left:
            picked.tell(report)
        if ready and agree(ready):
            for report in side_by_side(
                "recovering", ready, lambda plan: _recovered(plan, environ, signals), face.bar, at_once=COPIES
            ):
                picked.tell(report)
        return picked.ended("recovered", interrupted=signals.first is not None)


def _suitable(job: Job) -> Verdict:
    return can_recover(job.record, job.evidence).bind(lambda _: in_place(job, "recover"))


def _looked(job: Job, environ: Mapping[str, str], signals: Signals) -> Prepared | Report[Recovery]:
    """What would be done, or why nothing."""
    prepared = prepare(job, environ, signals)
    if isinstance(prepared, Failure):
        return report_of(job, Kind.FAILED, "failed", f"can't be looked at: {prepared.failure()}", detail=Recovery())
    plan = prepared.unwrap()
    if plan.words:
        return plan
    if plan.trouble is not None:
        anew = " (qq respawn --force gives it up and runs it anew)" if plan.job.record.script_exit_code is None else ""
        words = f"stays as it is: {plan.trouble}; try again when that is mended{anew}"
        return report_of(job, Kind.FAILED, "failed", words, detail=Recovery())
    return report_of(job, Kind.SKIPPED, SKIPPED, _nothing_left(plan), detail=Recovery())


def _apart(plans: Sequence[Prepared]) -> tuple[list[Prepared], list[Report[Recovery]]]:
    """Those to be carried out, and those that another one of them takes care of: no job is submitted by two."""
    ready: list[Prepared] = []
    left: list[Report[Recovery]] = []
    for plan in plans:
        before = next((other for other in plans if submits(other.job.record, plan.job.record)), None)
        if before is None:
            ready.append(plan)
        else:
            words = f"is submitted by the recovery of {before.job.name}"
            left.append(report_of(plan.job, Kind.SKIPPED, SKIPPED, words, detail=Recovery()))
    return ready, left


def _nothing_left(plan: Prepared) -> str:
    told = explain(plan.job.record, plan.job.evidence)
    because, instead = f" ({told.words})" if told.words else "", f": {told.next_command}" if told.next_command else ""
    return f"is {told.state}{because}, and nothing is left to recover{instead}"


def _recovered(plan: Prepared, environ: Mapping[str, str], signals: Signals) -> Report[Recovery]:
    if signals.first is not None:
        return report_of(plan.job, Kind.FAILED, "failed", "was not recovered: interrupted before it began")
    said: list[str] = []
    with ExitStack() as held:
        try:
            held.enter_context(alone_with(plan.job.record))
        except LockedError:
            words = "is being recovered by another qq recover right now: wait for that one"
            return report_of(plan.job, Kind.FAILED, "failed", words, detail=Recovery())
        outdated = why_outdated(plan)
        if outdated is not None:
            words = f"is left alone, since the plan is out of date: {outdated} (qq info)"
            return report_of(plan.job, Kind.FAILED, "failed", words, detail=Recovery())
        result = go_on(plan, environ, signals, said.append)
    recovery = Recovery(plan, result, said)
    if result.done:
        return report_of(plan.job, Kind.DONE, "recovered", _words(result), notes=said, detail=recovery)
    told, why = result.explanation, why_not_done(result)
    words = f"is {told.state}{f': {why}' if why else ''}{f' ({told.next_command})' if told.next_command else ''}"
    return report_of(plan.job, Kind.FAILED, "failed", words, notes=said, detail=recovery)


def _words(result: Recovered) -> str:
    record = result.record
    if record.state is RecordState.QUEUED:
        return f"queued again, as {record.job_id}"
    return f"{record.state}; the next job is {record.resubmitted_as}" if record.resubmitted_as else str(record.state)


def why_not_done(result: Recovered) -> str:
    """What went wrong last, if the record does not say so (it may be what can't be written)."""
    known = result.explanation.words
    if result.trouble is None or str(result.trouble) in known:
        return known
    return f"{result.trouble}; nothing was deleted, try again when that is mended"
