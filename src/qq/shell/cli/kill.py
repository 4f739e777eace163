"""`qq kill`: terminates jobs."""

import os
from collections.abc import Sequence

import click

from qq.core.evidence import Seen
from qq.core.selection import Selection
from qq.shell.cli.facing import FACE, ended
from qq.shell.cli.options import JobCommand, selects_jobs
from qq.shell.commands.kill import kill
from qq.shell.here import current_directory
from qq.shell.present.lines import lines
from qq.shell.present.plain import plain
from qq.shell.select import Job


@click.command(cls=JobCommand, short_help="Terminate jobs.")
@selects_jobs
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Whatever the state is, and at once (SIGKILL): nothing is saved.")
def command(chosen: Selection, yes: bool, force: bool) -> int:
    """Terminate jobs. The script gets SIGTERM first; its output comes home, its other files stay where they are.

    Without JOB_ID and -d, the jobs of the current directory.
    """
    return ended(kill(chosen, os.environ, force=force, agree=lambda jobs: yes or _agreed(jobs), face=FACE))


def _agreed(jobs: Sequence[Job | Seen]) -> bool:
    """Shows them and asks; whoever can't be asked is shown nothing."""
    from qq.shell.cli.asking import agreed

    known = [(job.record, job.evidence) for job in jobs if isinstance(job, Job)]
    lost = [
        f"{job.job_id}  {plain(job.name)}  {job.state}, without an info file" for job in jobs if isinstance(job, Seen)
    ]
    shown = [*lines(known, current_directory(os.environ)), *lost]
    return agreed("kill", "Kill these jobs?" if len(jobs) > 1 else "Kill this job?", "nothing was killed", shown)
