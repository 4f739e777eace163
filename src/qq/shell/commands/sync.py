"""Fetches what jobs have made so far."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qq.core.amounts import size_text
from qq.core.explain import selector
from qq.core.real_state import real_state
from qq.core.report import Kind, Report, Reports
from qq.core.result import Failure
from qq.core.selection import Selection
from qq.core.suitability import can_sync
from qq.core.troubles import Reason
from qq.shell.commands.face import SILENT, Face, Flow
from qq.shell.commands.picking import pick, report_of
from qq.shell.commands.side_by_side import COPIES, side_by_side
from qq.shell.perform.others import Others, close, others_for
from qq.shell.perform.watch import Watch
from qq.shell.reach import reached_over
from qq.shell.select import Job
from qq.shell.signals import Signals, listening_if_possible

if TYPE_CHECKING:
    from qq.shell.sync import Summary


def sync(
    chosen: Selection, environ: Mapping[str, str], *, files: Sequence[str] | None = None, face: Face = SILENT
) -> "Reports[Summary]":
    """Brings what stands in working directories home. ``files``: only these; None: all that is new."""
    with listening_if_possible() as signals:
        picked = pick(chosen, environ, face, lambda job: can_sync(job.record, real_state(job.record, job.evidence)))
        jobs = picked.jobs
        name = "" if not jobs else jobs[0].name if len(jobs) == 1 else f"{len(jobs)} jobs"
        with face.progress(name) as flow:
            for report in side_by_side(
                name, jobs, lambda job: _synced(job, environ, files, signals, flow), SILENT.bar, at_once=COPIES
            ):
                picked.tell(report)
        return picked.ended("fetched results", interrupted=signals.first is not None)


def _synced(
    job: Job, environ: Mapping[str, str], files: Sequence[str] | None, signals: Signals, flow: Flow
) -> "Report[Summary]":
    if signals.first is not None:
        return report_of(job, Kind.FAILED, "failed", "was not fetched: interrupted before it began")
    with _connecting(job, environ) as others:
        from qq.shell.perform.dispatch import Hands, perform
        from qq.shell.sync import prepare
        from qq.shell.sync import sync as fetch

        hands = Hands(signals=signals, others=others)
        looking = Watch(interrupted=lambda: signals.first is not None)
        prepared = prepare(job, files, lambda effect: perform(hands, effect, looking))
        if isinstance(prepared, Failure):
            return report_of(job, Kind.FAILED, "failed", f"was not fetched: {prepared.failure()}")
        plan = prepared.unwrap()
        flow.expect(plan.wanted.entries.bytes)
        watch = Watch(looking.interrupted, lambda size, _files: flow.advance(size))
        summary = fetch(
            plan,
            lambda effect: perform(hands, effect, watch),
            watch,
            tidy=lambda effect: perform(hands, effect, Watch()),
        )
        return _report(job, summary, files)


@contextmanager
def _connecting(job: Job, environ: Mapping[str, str]) -> Iterator[Others]:
    """Other hosts of a job. Its node, if it has to be asked, is called at once, before the rest is even loaded."""
    others = others_for(job.record, environ)
    try:
        host = reached_over(job.record, job.record.main_node)
        if host is not None:
            from qq.shell.perform.opening import open_early

            open_early(others, host)
        yield others
    finally:
        close(others)


def _report(job: Job, summary: "Summary", files: Sequence[str] | None) -> Report[Any]:
    count = f"{summary.files} file{'' if summary.files == 1 else 's'} ({size_text(summary.size)})"
    also = f", {summary.at_home} more at home already" if summary.at_home else ""
    fetched, notes = f"fetched {count}{also}", _notes(summary)
    missing = [f"{path} is not in the working directory" for path in summary.missing]
    wrong = [f"{path} was not fetched: {trouble}" for path, trouble in summary.failed]
    if summary.stopped is not None:
        later = f" (qq sync {selector(job.record)} goes on from there)"
        on = "" if summary.stopped.reason is Reason.DISOWNED else later
        wrong.append(f"stopped: {summary.stopped}{on}")
    if files is not None and len(missing) == len(files):
        wrong, missing = missing, []
    if not wrong:
        return report_of(job, Kind.DONE, "fetched", fetched, *missing, notes=notes, detail=summary)
    notes.append(fetched)
    return report_of(job, Kind.FAILED, "failed", wrong[0], *missing, *wrong[1:], notes=notes, detail=summary)


def _notes(summary: "Summary") -> list[str]:
    partly = [f"{path} was being written: fetched its first {size_text(size)}" for path, size in summary.partly]
    return [*partly, *(f"your {path} differed and is kept as {kept}" for path, kept in summary.aside)]
