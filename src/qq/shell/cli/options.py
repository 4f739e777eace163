"""What several commands have in common: how jobs are selected on the command line, and how lines are told."""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import click

from qq.core.exitcodes import TROUBLE
from qq.core.result import Failure
from qq.core.selection import Selection, parse_selection
from qq.core.states import RealState
from qq.shell.present.plain import plain

F = TypeVar("F", bound=Callable[..., Any])


class JobCommand(click.Command):
    """A command whose `-d` takes all words up to the next option, as the shell expands them (`qq info -d run*`)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, spread(args, ctx))


def spread(words: Sequence[str], ctx: click.Context | None = None) -> list[str]:
    """`-d A B` → `-d A -d B`; `-d` without a directory is bad usage."""
    result: list[str] = []
    option: str | None = None
    wanting = False
    for position, word in enumerate(words):
        if wanting and word.startswith("-"):
            break
        if word == "--":
            return [*result, *words[position:]]
        if word in ("-d", "--dir"):
            option, wanting = word, True
        elif word.startswith("-"):
            option = None
            result.append(word)
        else:
            result.extend([option, word] if option else [word])
            wanting = False
    if wanting and not (ctx is not None and ctx.resilient_parsing):  # which is so while TAB asks for words
        raise click.UsageError("-d needs a directory", ctx)
    return result


def selects_jobs(function: F) -> F:
    """Adds `JOB_ID… -d DIR… -a -s SERVER --state STATE` to a command, which gets them as ``chosen``, a selection."""
    return _selects(function, with_all=True)


def selects_ended_jobs(function: F) -> F:
    """The same for commands about jobs that are over: `-a` makes no sense there, and their help does not offer it."""
    return _selects(function, with_all=False)


def _selects(function: F, *, with_all: bool) -> F:
    @wraps(function)
    def chosen(job_ids: Sequence[str], dirs: Sequence[str], all_mine: bool, **others: Any) -> Any:
        if all_mine and not with_all:
            raise click.UsageError("-a makes no sense here: name the jobs, or their directories with -d")
        result = parse_selection(
            job_ids, dirs, all_mine=all_mine, server=others.pop("server"), states=others.pop("states")
        )
        if isinstance(result, Failure):
            raise click.UsageError("; ".join(str(one) for one in result.failure()))
        return function(chosen=result.unwrap(), **others)

    decorated: Any = chosen
    for decorate in (
        click.option(
            "--state",
            "states",
            multiple=True,
            metavar="STATE",
            shell_complete=complete_states,
            help="Only jobs in this state, as in --state failed,killed.",
        ),
        click.option("-s", "--server", metavar="SERVER", help="Only jobs of this PBS server."),
        click.option(
            "-a", "--all", "all_mine", is_flag=True, hidden=not with_all, help="All my jobs that have not ended."
        ),
        click.option(
            "-d",
            "--dir",
            "dirs",
            multiple=True,
            metavar="DIR…",
            help="The jobs of these directories (patterns allowed).",
            shell_complete=complete_directories,
        ),
        click.argument("job_ids", nargs=-1, metavar="[JOB_ID]...", shell_complete=complete_job_ids),
    ):
        decorated = decorate(decorated)
    return cast("F", decorated)


def shows_data(function: F) -> F:
    """Adds `--json` and `--yaml` to a command that otherwise draws a table."""
    json = click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
    return json(click.option("--yaml", "as_yaml", is_flag=True, help="The same as YAML.")(function))


def data_form(*, as_json: bool, as_yaml: bool) -> Callable[[Sequence[Mapping[str, object]]], str] | None:
    """How things are written for programs; None: they are to be drawn for people. Both at once is bad usage."""
    if as_json and as_yaml:
        raise click.UsageError("--json and --yaml exclude each other")
    if not as_json and not as_yaml:
        return None
    from qq.shell.present.data import json_text, yaml_text

    return json_text if as_json else yaml_text


def complete_directories(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[Any]:
    """The shell knows them best."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def complete_job_ids(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    """Ids of my unfinished jobs, and of those in the current directory; after `-d A`, one more directory."""
    import os

    if ctx.params.get("dirs"):
        return complete_directories(ctx, parameter, incomplete)

    from click.shell_completion import CompletionItem

    from qq.shell.select import select

    found = [*select(Selection(), os.environ).jobs, *select(Selection(all_mine=True), os.environ).jobs]
    names = {job.record.job_id: job.record.job_name for job in found if job.record.job_id}
    return [CompletionItem(job_id, help=plain(name)) for job_id, name in names.items() if job_id.startswith(incomplete)]


def complete_states(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """States of jobs; the last of several separated by commas."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for state in RealState if (name := state.name.lower()).startswith(last)]


def complain(words: str) -> None:
    """One line to stderr."""
    print(f"qq: {plain(words)}", file=sys.stderr)


def tell(words: str) -> None:
    """One line to stdout."""
    print(plain(words))


def code_of(done: int, failed: int) -> int:
    """0, or 91 if one failed or none was suitable."""
    return TROUBLE if failed or not done else 0
