"""What `qq plan` and `qq simulate` have in common: which job they are about, and how they print."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from qq.core.records.job import JobInfo
from qq.core.result import Failure, Result
from qq.shell.cli.options import complain, complete_job_ids
from qq.shell.cli.submitting import SubmitCommand, parameters, spelling, submitter_of, written_in
from qq.shell.commands.submit import lines_of
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
    found = _found(target, values)
    if isinstance(found, Failure):
        for line in found.failure():
            complain(line)
        return None
    return _told(found.unwrap())


def _found(target: str | None, values: Mapping[str, Any]) -> Result[Found, list[str]]:
    if target is not None and is_script(target):
        return submitter_of(values).bind(
            lambda submitter: from_script(target, submitter).alt(lambda wrong: lines_of(target, submitter, wrong))
        )
    if written := written_in(values):
        raise click.UsageError(f"{written[0].place} is for a script; a job that is there has its options already")
    return from_job(target, os.environ).alt(lambda wrong: [*map(str, wrong)])


def _told(found: Found) -> JobInfo:
    for note in found.notes:
        complain(f"warning: {note}")
    return found.job


def _complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file"), *complete_job_ids(ctx, parameter, incomplete)]
