"""`qq recover`: finishes jobs whose qq run died."""

import os
from collections.abc import Sequence

import click

from qq.core.report import Kind, Report
from qq.core.selection import Selection
from qq.shell.cli.asking import agreed
from qq.shell.cli.facing import FACE, ended
from qq.shell.cli.options import JobCommand, code_of, complain, selects_ended_jobs, tell
from qq.shell.commands.face import Face
from qq.shell.commands.picking import report_of
from qq.shell.commands.recover import Recovery, recover, why_not_done
from qq.shell.present.lines import name_of
from qq.shell.recover import Prepared, Recovered


@click.command(cls=JobCommand, short_help="Finish a job whose node, or qq run, died.")
@selects_ended_jobs
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="The plans as a list of objects; with -y what came of them, too.")
def command(chosen: Selection, yes: bool, as_json: bool) -> int:
    """Finish jobs that stopped half-way: bring home and archive what is due, record it, submit the next cycle.

    If nobody knows how the script ended, the job is submitted again, from the input directory; what the lost attempt
    left on scratch is kept. Shows the plan and asks. Without JOB_ID and -d, the jobs of the current directory.
    """
    if as_json:
        return _in_json(chosen, yes)

    def agree(plans: Sequence[Prepared]) -> bool:
        for plan in plans:
            tell(f"{name_of(plan.moment.record, plan.job.where)}:")
            for line in plan.words:
                tell(f"  {line}")
        return yes or agreed("recover", "Do this?", "nothing was done")

    return ended(recover(chosen, os.environ, agree=agree, face=FACE))


def _in_json(chosen: Selection, yes: bool) -> int:
    """Tells a program what would be done, or does it and tells what came of that."""
    from qq.shell.present.data import json_text, of_recovery

    planned: list[Report[Recovery]] = []

    def agree(plans: Sequence[Prepared]) -> bool:
        if not yes:
            planned.extend(report_of(plan.job, Kind.DONE, "", "", detail=Recovery(plan)) for plan in plans)
        return yes

    made = recover(chosen, os.environ, agree=agree, face=Face(complain=complain))
    told = [
        {**of_recovery(one, one.detail.plan.words, ""), **_result(one.detail.result)}
        if one.detail is not None and one.detail.plan is not None
        else of_recovery(one, (), one.words)
        for one in sorted((*made, *planned), key=lambda one: made.order.index(one.info_file))
    ]
    print(json_text(told))
    failed = any(one.kind is Kind.FAILED for one in made) or made.troubles
    return code_of(len(planned) + sum(one.kind is Kind.DONE for one in made), bool(failed))


def _result(result: Recovered | None) -> dict[str, object]:
    from qq.shell.present.data import of_recovered

    if result is None:
        return {}
    why = "" if result.done else why_not_done(result)
    return of_recovered(result.record, result.explanation, result.done, why)
