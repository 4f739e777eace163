"""How commands tell what they did: a line for each job as it comes, a sum where there were several, an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qq.core.exitcodes import TROUBLE
from qq.core.report import Kind, Report, Reports
from qq.shell.cli.ending import INTERRUPTED
from qq.shell.cli.options import complain, tell
from qq.shell.commands.face import Face, Flow
from qq.shell.present.counting import counting
from qq.shell.present.progress import progress


def tell_report(report: Report[Any]) -> None:
    """What was done goes to stdout, what was not to stderr."""
    for note in report.notes:
        tell(f"{report.name}: {note}")
    for warning in report.warnings:
        complain(f"{report.name}: {warning}")
    (tell if report.kind is Kind.DONE else complain)(report.line)


@contextmanager
def _progress(name: str) -> Iterator[Flow]:
    with progress(name) as (expect, advance):
        yield Flow(expect, advance)


FACE = Face(tell=tell_report, complain=complain, bar=counting, progress=_progress)


def ended(reports: Reports[Any]) -> int:
    """Sums up what was done if there were several jobs; gives the exit code: 91 if one failed or none was done."""
    begun = any(report.kind is not Kind.SKIPPED for report in reports)
    if begun and reports.several:
        tell(reports.summary)
    if reports.interrupted:
        return INTERRUPTED
    return 0 if reports.ok else TROUBLE
