"""`qq info`: what a job is doing, and why."""

import os

import click

from qq.core.selection import Selection
from qq.shell.cli.brief import code_for, complain_of, show
from qq.shell.cli.options import JobCommand, selects_jobs
from qq.shell.select import select


@click.command(cls=JobCommand, short_help="Show what a job is doing, and why.")
@selects_jobs
@click.option("-b", "--brief", is_flag=True, help="One line per job.")
@click.option("--why", is_flag=True, help="Only what the state follows from: each witness, the rule, the outcome.")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs; history and why included.")
def command(chosen: Selection, brief: bool, why: bool, as_json: bool) -> int:
    """Show what jobs are doing: their state, the reason for it, what to do next, and everything else that is known.

    Without JOB_ID and -d, the jobs of the current directory. Of a loop job also its latest cycles.
    """
    if brief and (as_json or why):
        raise click.UsageError(f"--brief and --{'json' if as_json else 'why'} exclude each other")
    return _show_json(chosen) if as_json else show(chosen, brief=brief, why=why)


def _show_json(chosen: Selection) -> int:
    from qq.shell.history import history
    from qq.shell.present.data import json_text, of_job
    from qq.shell.steps import steps_of

    selected = select(chosen, os.environ)
    complain_of(selected)
    steps = None if chosen.all_mine else steps_of(selected.jobs, os.environ)
    told = [
        of_job(
            job.record,
            job.evidence,
            job.info_file,
            history(job.record),
            None if steps is None else steps.get(job.job_id or "", ()),
        )
        for job in selected.jobs
    ]
    print(json_text(told))
    return code_for(selected)
