"""The table of `qq jobs` and `qq stat`."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table

from qq.core.evidence import Seen
from qq.core.states import BatchState
from qq.shell.present.facts import walltime_text
from qq.shell.present.fitting import Column, Layout, fitting_table, used

STYLES = {
    BatchState.QUEUED: "waits",
    BatchState.HELD: "waits",
    BatchState.WAITING: "waits",
    BatchState.MOVING: "waits",
    BatchState.SUSPENDED: "warn",
    BatchState.RUNNING: "running",
    BatchState.EXITING: "warn",
    BatchState.FINISHED: "good",
    BatchState.FAILED: "bad",
    BatchState.UNKNOWN: "bad",
}

ALWAYS: tuple[Column[Seen], ...] = (
    ("state", lambda job: str(job.state)),
    ("job id", lambda job: job.job_id),
    ("name", lambda job: job.name),
)
USUAL: tuple[Column[Seen], ...] = (
    ("user", lambda job: job.user),
    ("queue", lambda job: job.queue),
    ("nodes", lambda job: _number(job.nnodes)),
    ("cpus", lambda job: _number(job.ncpus)),
    ("gpus", lambda job: _number(job.ngpus or None)),
    ("memory", lambda job: "" if job.mem is None else str(job.mem)),
    ("walltime", lambda job: walltime_text(job.walltime)),
    ("submitted", lambda job: short_time(job.submitted)),
    ("started", lambda job: short_time(job.started)),
    ("ended", lambda job: short_time(job.ended)),
    ("on", lambda job: ", ".join(job.nodes)),
    ("%cpu", lambda job: _number(job.percent_cpu)),
    ("%mem", lambda job: _number(job.percent_mem)),
    ("exit", lambda job: _number(job.exit_code)),
)
EXTRA: tuple[Column[Seen], ...] = (
    ("starts about", lambda job: short_time(job.estimated_start)),
    ("comment", lambda job: job.said),
    ("input directory", lambda job: job.input_dir or ""),
)
LAYOUT = Layout(
    folds={"name": 14, "on": 6, "comment": 20, "input directory": 20},
    gives_way=(
        "queue",
        "memory",
        "submitted",
        "nodes",
        "walltime",
        "%mem",
        "%cpu",
        "ended",
        "gpus",
        "started",
        "cpus",
        "starts about",
        "on",
        "exit",
        "user",
        "comment",
    ),
    right=frozenset({"nodes", "cpus", "gpus", "memory", "walltime", "%cpu", "%mem", "exit"}),
)


def jobs_table(jobs: Sequence[Seen], *, extra: bool, users: bool, width: int) -> Table:
    """The jobs as rows; ``extra``: also comments and directories; ``users``: also whose they are.

    Where ``width`` columns of the terminal are not enough, the less important ones give way.
    """
    columns = job_columns(jobs, extra=extra, users=users)
    return fitting_table(jobs, columns, LAYOUT, width=width, style=lambda job: STYLES[job.state])


def job_columns(jobs: Sequence[Seen], *, extra: bool = False, users: bool = False) -> list[Column[Seen]]:
    """What there is to be shown of these jobs."""
    wanted = [column for column in USUAL + (EXTRA if extra else ()) if column[0] != "user" or users]
    return [*ALWAYS, *(column for column in wanted if used(column, jobs))]


def short_time(when: datetime | None) -> str:
    """Day and minute: the year and the second take room, and `qq info` tells them."""
    return "" if when is None else f"{when:%m-%d %H:%M}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
