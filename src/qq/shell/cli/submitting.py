"""The options of a submission on a command line, for every command that is about a script."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from qq.core.choices import Written, read_choices
from qq.core.options import FLAG_SET, OPTIONS, Option, Takes, Topic, find_option
from qq.core.result import Failure, Result, Success
from qq.shell.cli.options import complain
from qq.shell.submission import Submitter


def spelling(name: str) -> str:
    """Long options may be spelt in any of the styles that directives may be spelt in."""
    option = find_option(name) if len(name) > 1 else None
    return option.name if option else name


class SubmitCommand(click.Command):
    """Shows its options under the headings of the table; those that only this command has come first or last."""

    own_first = False

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        topics = {option.field: option.topic for option in OPTIONS}
        topics_in_order = (None, *Topic) if self.own_first else (*Topic, None)
        for topic in topics_in_order:
            rows = [
                param.get_help_record(ctx)
                for param in self.get_params(ctx)
                if isinstance(param, click.Option) and topics.get(param.name or "") is topic
            ]
            with formatter.section(topic.value if topic else "Options" if self.own_first else "Other"):
                formatter.write_dl([row for row in rows if row])


def _parameter(option: Option) -> click.Option:
    names = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
    default = f"  [default: {option.default}]" if option.default else ""
    example = f", as in {option.example}" if option.example and option.example not in option.meaning else ""
    text = f"{option.meaning[0].upper()}{option.meaning[1:]}{example}.{default}"
    if option.takes is Takes.FLAG:
        return click.Option(names, is_flag=True, default=None, help=text)
    return click.Option(
        names,
        multiple=option.is_list,
        metavar=_metavar(option),
        help=text,
        shell_complete=_complete(option.choices) if option.choices else None,
    )


def _metavar(option: Option) -> str:
    return "|".join(option.choices) if option.choices else option.takes.name.replace("_", "-")


def _complete(choices: Sequence[str]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    return lambda _ctx, _parameter, incomplete: [choice for choice in choices if choice.startswith(incomplete)]


def parameters(*names: str) -> list[click.Parameter]:
    """The options of a submission with these names; without names all of them."""
    return [_parameter(option) for option in OPTIONS if not names or option.name in names]


def written_in(values: Mapping[str, Any]) -> list[Written]:
    """The options that were typed, each with its values as text."""
    typed: list[Written] = []
    for option in OPTIONS:
        given = values[option.field]
        if option.takes is Takes.FLAG:
            given = FLAG_SET if given else None
        given_values = given if option.is_list else [given]
        typed.extend(Written(option, value, f"--{option.name}") for value in given_values if value is not None)
    return typed


def submitter_of(values: Mapping[str, Any]) -> Result[Submitter, list[str]]:
    """All that the scripts of a command have in common, or why nothing can be submitted, a line for each fault."""
    written = written_in(values)
    choices = read_choices(written)
    if isinstance(choices, Failure):
        raise click.UsageError("; ".join(str(fault) for fault in choices.failure()))
    from pyrsistent import pvector

    from qq.shell.configuration import load_setup
    from qq.shell.here import current_directory, current_umask, host_name, own_path, user_name

    setup = load_setup(os.environ)
    if isinstance(setup, Failure):
        return Failure([str(fault) for fault in setup.failure()])
    for warning in setup.unwrap().configuration.warnings:
        complain(f"warning: {warning}")
    path = own_path()
    if path is None:
        return Failure(["the qq command can't be found, so no job could run it; install qq, or put it on PATH"])
    submitter = Submitter(
        setup=setup.unwrap(),
        environ={**setup.unwrap().configuration.limits, **os.environ},
        directory=current_directory(os.environ),
        host=host_name(),
        user=user_name(),
        umask=current_umask(),
        qq_path=path,
        choices=choices.unwrap(),
        written=pvector(written),
    )
    return Success(submitter)
