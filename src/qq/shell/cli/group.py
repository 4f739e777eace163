"""All commands, by name: each is imported only when it is called. What goes wrong becomes one line and an exit code."""

import os
from collections.abc import Sequence
from importlib import import_module

import click

from qq.core.exitcodes import TROUBLE
from qq.shell.cli.commands import AIMS, COMMANDS, EXAMPLES
from qq.shell.cli.ending import BAD_USAGE, INTERRUPTED, guarded, say
from qq.shell.present.plain import plain

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
COMPLETE_VARIABLE = "_QQ_COMPLETE"


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own: `qq.shell.cli.<name>`, `_` for `-`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"qq.shell.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        examples = EXAMPLES.get(cmd_name, ())
        command.epilog = "\n  ".join(["\b", "Example:" if len(examples) == 1 else "Examples:", *examples])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(_no_such_command(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        width = max(map(len, COMMANDS))
        for aim, commands in AIMS.items():
            with formatter.section(aim):
                formatter.write_dl([(name.ljust(width), line) for name, line in commands.items()])


def _no_such_command(word: str) -> str:
    from qq.core.nearest import did_you_mean

    hint = did_you_mean(word, COMMANDS, "'qq -h' lists them")
    return f"no such command: {plain(word)}{hint}"


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from qq._version import VERSION

        click.echo(f"qq {VERSION}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings=CONTEXT, no_args_is_help=False, invoke_without_command=True)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.pass_context
def group(ctx: click.Context) -> None:
    """Run scripts as batch jobs: in a fresh working directory on fast storage, with the results safely home.

    'qq COMMAND -h' explains a command.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def start(words: Sequence[str]) -> int:
    """Runs one command line; gives the exit code."""
    return guarded(lambda: _run(words))


def _run(words: Sequence[str]) -> int:
    instruction = os.environ.get(COMPLETE_VARIABLE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(group, {}, "qq", COMPLETE_VARIABLE, instruction)
    try:
        with group.make_context("qq", list(words)) as context:
            code = group.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        return say(_usage(error, words), BAD_USAGE)
    except click.ClickException as error:
        return say(error.format_message(), TROUBLE)
    except click.Abort:
        return say("interrupted", INTERRUPTED)
    return code if isinstance(code, int) else 0


def _message(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        from qq.core.nearest import did_you_mean

        return f"no such option: {error.option_name}{did_you_mean(error.option_name, error.possibilities or ())}"
    return " ".join(error.format_message().split()).rstrip(".")


def _usage(error: click.UsageError, words: Sequence[str]) -> str:
    """One line: what is wrong, and whose help explains it (click does not always know which command it was)."""
    called = f"qq {words[0]}" if words and words[0] in COMMANDS else "qq"
    path = error.ctx.command_path if error.ctx else called
    message = _message(error)
    return message if "'qq -h'" in message else f"{message} ('{path} -h' helps)"
