"""`qq template`: writes a run script to start from."""

from pathlib import Path

import click

from qq.core.exitcodes import TROUBLE
from qq.core.result import InvalidJob
from qq.shell.cli.options import complain, tell
from qq.shell.setting_up import template
from qq.shell.templates import purpose, template_names


def _complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in template_names() if name.startswith(incomplete)]


@click.command(short_help="Write a run script to start from: GROMACS, Python.")
@click.argument("name", required=False, shell_complete=_complete)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(readable=False), help="Write it into this file, a new one."
)
def command(name: str | None, output: str | None) -> int:
    """Write the run script NAME, which works as it is and says what to change. Without NAME, list those there are."""
    if name is None and output is not None:
        raise click.UsageError(f"-o needs a template: {', '.join(template_names())}")
    if name is None:
        return _list()
    try:
        text = template(name)
    except InvalidJob as error:
        raise click.UsageError(str(error)) from None
    if output is None:
        click.echo(text, nl=False)
        return 0
    return _write(Path(output), text)


def _list() -> int:
    names = template_names()
    width = max(map(len, names))
    for name in names:
        tell(f"{name:{width}}  {purpose(name)}")
    return 0


def _write(path: Path, text: str) -> int:
    """Writes a new file; what has that name already stays as it is."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        complain(f"{path}: not written: there is such a file already; choose another name")
        return TROUBLE
    except OSError as error:
        complain(f"{path}: not written: {(error.strerror or str(error)).lower()}")
        return TROUBLE
    tell(f"{path} written: look at the lines with <--, then 'qq submit {path}'")
    return 0
