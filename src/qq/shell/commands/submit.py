"""Submits scripts, each as a job of its own."""

from collections.abc import Sequence

from pyrsistent import pvector

from qq.core.records.job import JobInfo
from qq.core.report import Kind, Report, Reports, reports
from qq.core.result import Failure, Result
from qq.core.submission.request import info_path
from qq.core.troubles import Trouble
from qq.shell.commands.face import SILENT, Bar
from qq.shell.commands.side_by_side import side_by_side
from qq.shell.present.lines import name_of
from qq.shell.submission import Plan, Submitter, Wrong, directory_of
from qq.shell.submit import submit as submit_one


class CutShort(KeyboardInterrupt):
    """Ctrl-C came in between; ``results``: what came of each script, None for those that were not begun."""

    def __init__(self, results: Sequence[Result[Plan, Wrong] | None]) -> None:
        super().__init__("interrupted")
        self.results = results


def submit_each(scripts: Sequence[str], submitter: Submitter, bar: Bar = SILENT.bar) -> list[Result[Plan, Wrong]]:
    """What came of each script, in their order. After Ctrl-C what has begun is completed; then ``CutShort``."""
    came: dict[int, Result[Plan, Wrong]] = {}

    def work(number: int) -> Result[Plan, Wrong]:
        return came.setdefault(number, submit_one(scripts[number], submitter))

    try:
        return list(side_by_side("submitting", range(len(scripts)), work, bar))
    except KeyboardInterrupt:
        raise CutShort([came.get(number) for number in range(len(scripts))]) from None


def submitted(scripts: Sequence[str], submitter: Submitter, results: Sequence[Result[Plan, Wrong]]) -> Reports[JobInfo]:
    """The same as reports; the new record is the detail."""
    pairs = zip(scripts, results, strict=True)
    return reports("submitted", [report_of_script(script, submitter, result) for script, result in pairs])


def report_of_script(script: str, submitter: Submitter, result: Result[Plan, Wrong]) -> Report[JobInfo]:
    """What came of one script."""
    if isinstance(result, Failure):
        words = "; ".join(lines_of(script, submitter, result.failure()))
        return Report(name=script, kind=Kind.FAILED, did="failed", words=words)
    plan = result.unwrap()
    job = plan.submission.job
    return Report(
        name=name_of(job),
        job_id=job.job_id,
        job_name=job.job_name,
        info_file=info_path(job),
        kind=Kind.DONE,
        did="submitted",
        words="submitted",
        warnings=pvector(plan.warnings),
        detail=job,
    )


def lines_of(script: str, submitter: Submitter, wrong: Wrong) -> list[str]:
    """Every fault on a line of its own, which names the script or its directory."""
    names = (script, directory_of(script, submitter))
    lines = [str(line) for line in ([wrong] if isinstance(wrong, Trouble) else wrong)]
    return [line if line.startswith(names) else f"{script}: {line}" for line in lines]
