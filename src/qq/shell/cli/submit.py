"""`qq submit`: its options come from the one table of options."""

import os
from collections.abc import Sequence
from typing import Any

import click

from qq.core.exitcodes import TROUBLE
from qq.core.result import Failure, Result
from qq.shell.cli.ending import INTERRUPTED, say
from qq.shell.cli.options import complain, tell
from qq.shell.cli.submitting import SubmitCommand, parameters, spelling, submitter_of
from qq.shell.submission import Plan, Submitter

LOCAL = "local"


def _command(scripts: Sequence[str], dry_run: bool, **values: Any) -> int:
    """Submit each SCRIPT as a job; its home is the directory that it lies in.

    Every option may stand in the script, too, in a comment line at its top: "# qq ncpus 8". The command line wins.
    """
    found = submitter_of(values)
    if isinstance(found, Failure):
        for line in found.failure():
            complain(line)
        return TROUBLE
    submitter = found.unwrap()
    return _preview(scripts, submitter) if dry_run else _submit(scripts, submitter)


command = SubmitCommand(
    "submit",
    callback=_command,
    params=[
        click.Argument(
            ["scripts"], nargs=-1, required=True, metavar="SCRIPT...", type=click.Path(path_type=str, readable=False)
        ),
        *parameters(),
        click.Option(["--dry-run"], is_flag=True, help="Show everything that would happen, and submit nothing."),
    ],
    short_help="Submit scripts to the batch system.",
    help=_command.__doc__,
    context_settings={"token_normalize_func": spelling},
)


def _tell_passed_over(submitter: Submitter, plans: Sequence[Plan]) -> None:
    """A cluster's programs are here, but no cluster: better said than wondered about."""
    from qq.shell.configuration import passed_over

    named = submitter.choices.batch_system or os.environ.get("QQ_BATCH_SYSTEM")
    if named is None and any(plan.submission.job.batch_system == LOCAL for plan in plans):
        for site in passed_over(submitter.setup, os.environ):
            ours = f"{site.found_by} is installed, but no configuration of its cluster was found"
            complain(
                f"warning: {ours}: this machine's own queue is used (--batch-system {site.batch_system} overrides)"
            )


def _preview(scripts: Sequence[str], submitter: Submitter) -> int:
    from qq.shell.perform.writerecord import record_text
    from qq.shell.present.dry_run import lines
    from qq.shell.submit import rehearse

    failed = 0
    for script in scripts:
        result = rehearse(script, submitter)
        failed += _tell_failure(script, submitter, result)
        if not isinstance(result, Failure):
            _tell_warnings(script, result.unwrap())
            plan = result.unwrap()
            job, continues = plan.submission.job, plan.submission.continues
            for line in lines(job, continues, plan.request, record_text(job).decode("utf-8", "surrogateescape")):
                tell(line)
    return TROUBLE if failed else 0


def _submit(scripts: Sequence[str], submitter: Submitter) -> int:
    from qq.shell.commands.submit import CutShort, submit_each
    from qq.shell.present.counting import counting

    try:
        came: Sequence[Result[Plan, Any] | None] = submit_each(scripts, submitter, counting)
    except CutShort as stopped:
        if len(scripts) == 1:  # how far it got, only 'qq info' can tell
            raise
        came = stopped.results
    results = [result for result in came if result is not None]
    failed = 0
    for script, result in zip(scripts, came, strict=True):
        if result is None:
            continue
        failed += _tell_failure(script, submitter, result)
        if not isinstance(result, Failure):
            _tell_warnings(script, result.unwrap())
            tell(_submitted(script, result.unwrap()))
    plans = [result.unwrap() for result in results if not isinstance(result, Failure)]
    _tell_passed_over(submitter, plans)
    _tell_logout(plans)
    if len(scripts) > 1:
        tell(f"submitted {len(results) - failed} of {len(scripts)} scripts" + (f"; {failed} failed" if failed else ""))
    if len(results) < len(scripts):
        return say(
            f"interrupted: {len(scripts) - len(results)} of {len(scripts)} scripts were not submitted", INTERRUPTED
        )
    return TROUBLE if failed else 0


def _submitted(script: str, plan: Plan) -> str:
    job = plan.submission.job
    cycle = f", cycle {job.loop.current} of {job.loop.end}" if job.loop else ""
    return f"{job.job_id}  {script} submitted{cycle}"


def _tell_warnings(script: str, plan: Plan) -> None:
    for warning in plan.warnings:
        complain(f"warning: {script}: {warning}")


def _tell_failure(script: str, submitter: Submitter, result: Result[Plan, Any]) -> int:
    """1 if this submission failed; every fault on a line of its own, which names the script or its directory."""
    if not isinstance(result, Failure):
        return 0
    from qq.shell.commands.submit import lines_of

    for line in lines_of(script, submitter, result.failure()):
        complain(line)
    return 1


def _tell_logout(plans: Sequence[Plan]) -> None:
    """Whether the system would end what was submitted here when the user logs out."""
    if any(plan.submission.job.batch_system == LOCAL for plan in plans):
        from qq.shell.batch.local.client import logout_warning

        if warning := logout_warning():
            complain(f"warning: {warning}")
