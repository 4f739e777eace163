"""Deletes the working directories of jobs that are over."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from qq.core.replacing import replace
from qq.core.report import Kind, Report, Reports
from qq.core.selection import Selection
from qq.core.suitability import Verdict
from qq.core.wiping import Wipe, suitable
from qq.shell.astray import in_place
from qq.shell.commands.face import SILENT, Face, always
from qq.shell.commands.picking import pick, report_of
from qq.shell.commands.side_by_side import COPIES, side_by_side
from qq.shell.perform.dispatch import hands_for
from qq.shell.perform.others import close
from qq.shell.select import Job
from qq.shell.signals import Signals, listening_if_possible
from qq.shell.wipe import Do, Prepared, doing, prepare
from qq.shell.wipe import wipe as delete

Wiped = tuple[Wipe, ...]
_Ready = tuple[Prepared, Do]


def wipe(
    chosen: Selection,
    environ: Mapping[str, str],
    *,
    force: bool = False,
    agree: Callable[[Sequence[Prepared]], bool] = always,
    face: Face = SILENT,
) -> Reports[Wiped]:
    """Deletes what would go of each job of a selection, if that is agreed to."""
    with listening_if_possible() as signals, ExitStack() as open_ends:

        def verdict(job: Job) -> Verdict:
            return suitable(job.record, job.evidence, force=force).bind(lambda _: in_place(job, "wipe"))

        def look(job: Job) -> _Ready:
            hands = hands_for(job.record, environ, signals)
            open_ends.callback(close, hands.others)
            do = doing(hands, signals)
            return prepare(job, do, environ, force=force), do

        picked = pick(replace(chosen, earlier=True), environ, face, verdict)
        looked = list(side_by_side("looking", picked.jobs, look, face.bar))
        for prepared, _ in looked:
            if not prepared.wipes:
                picked.tell(_nothing_goes(prepared))
        ready = [one for one in looked if one[0].wipes]
        if ready and agree([prepared for prepared, _ in ready]):
            for report in side_by_side("deleting", ready, lambda one: _wiped(*one, signals), face.bar, at_once=COPIES):
                picked.tell(report)
        return picked.ended("wiped", interrupted=signals.first is not None)


def _nothing_goes(prepared: Prepared) -> Report[Wiped]:
    if prepared.stays:
        return report_of(prepared.job, Kind.FAILED, "failed", f"was not wiped: {'; '.join(prepared.stays)}")
    return report_of(prepared.job, Kind.SKIPPED, "skipped", "has no working directory any more: it is gone already")


def _wiped(prepared: Prepared, do: Do, signals: Signals) -> Report[Wiped]:
    if signals.first is not None:
        return report_of(prepared.job, Kind.FAILED, "failed", "was not wiped: interrupted before it began")
    stays = [*prepared.stays, *delete(prepared, do)]
    if stays:
        wholly = "" if len(stays) == len(prepared.stays) + len(prepared.wipes) else " wholly"
        return report_of(prepared.job, Kind.FAILED, "failed", f"was not wiped{wholly}: {'; '.join(stays)}")
    return report_of(prepared.job, Kind.DONE, "deleted", "deleted", detail=tuple(prepared.wipes))
