"""`qq plan`: every way a job can end, or what is done step by step for one of them."""

import os
from typing import Any

import click

from qq.core.exitcodes import TROUBLE
from qq.core.predicting.checks import MAX_CODE
from qq.shell.cli.predicting import asking_command, job_of


def _command(target: str | None, *, exit_code: int | None, killed: bool, as_json: bool, **values: Any) -> int:
    """Show every way a job can end: what comes home, what is archived, what stays where, and what to type next.

    SCRIPT need not be submitted; options of a submission, like --transfer-mode, override what stands in it. JOB is an
    id or a directory; without either, the job of the current directory. Nothing is submitted, and nothing is written.
    """
    if killed and exit_code is not None:
        raise click.UsageError("--exit and --killed exclude each other: a killed script has no exit code")
    job = job_of(target, values)
    if job is None:
        return TROUBLE
    from qq.core.predicting.outcomes import outcomes
    from qq.core.predicting.plan import plan
    from qq.shell.cli.looks import coloured
    from qq.shell.predicted import scratch_here
    from qq.shell.present.data import json_text
    from qq.shell.present.pieces import columns

    one = killed or exit_code is not None
    scratch = scratch_here(job, os.environ)
    told = plan(job, exit_code or 0, killed=killed, scratch=scratch) if one else outcomes(job, scratch)
    print(json_text(told.data()) if as_json else coloured(told.lines(columns())))
    return 0


command = asking_command(
    "plan",
    _command,
    [
        click.Option(
            ["--exit", "exit_code"],
            type=click.IntRange(0, MAX_CODE),
            metavar="CODE",
            help="Show, step by step, what is done if the script ends with this exit code.",
        ),
        click.Option(["--killed"], is_flag=True, help="The same if the job is killed while the script runs."),
        click.Option(["--json", "as_json"], is_flag=True, help="The same as an object, for programs."),
    ],
    "Show every way a job can end, before it runs.",
)
