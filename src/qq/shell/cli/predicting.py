"""What `qq plan` and `qq simulate` have in common: which job they are about, and how they print."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from qq.core.records.job import JobInfo
from qq.core.result import Failure
from qq.core.troubles import Trouble
from qq.shell.cli.options import complain, complete_job_ids
from qq.shell.cli.submitting import SubmitCommand, parameters, spelling, submitter_of, written_in
from qq.shell.predicted import Found, from_job, from_script, is_script


class AskingCommand(SubmitCommand):
    """A command about a script or a job, with the options of a submission to try other ones."""

    own_first = True


def asking_command(name: str, callback: Any, own: Sequence[click.Parameter], short_help: str) -> click.Command:
    """A command with its own options and all those of a submission."""
    target = click.Argument(["target"], required=False, metavar="[SCRIPT|JOB]", shell_complete=_complete)
    return AskingCommand(
        name,
        callback=callback,
        params=[target, *own, *parameters()],
        short_help=short_help,
        help=callback.__doc__,
        context_settings={"token_normalize_func": spelling},
    )


def job_of(target: str | None, values: Mapping[str, Any]) -> JobInfo | None:
    """The job that is asked about; None: it has been said why there is none."""
    if target is not None and is_script(target):
        submitter = submitter_of(values)
        if isinstance(submitter, str):
            complain(submitter)
            return None
        found = from_script(target, submitter)
    else:
        if written := written_in(values):
            raise click.UsageError(f"{written[0].place} is for a script; a job that is there has its options already")
        found = from_job(target, os.environ)
    if isinstance(found, Failure):
        wrong = found.failure()
        for one in [wrong] if isinstance(wrong, Trouble) else wrong:
            complain(str(one))
        return None
    return _told(found.unwrap())


def _told(found: Found) -> JobInfo:
    for note in found.notes:
        complain(f"warning: {note}")
    return found.job


def _complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file"), *complete_job_ids(ctx, parameter, incomplete)]
