"""`qq config`: what is set and by whom; `qq config check`: what is wrong with a file."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from qq.core.exitcodes import TROUBLE
from qq.core.nearest import did_you_mean
from qq.core.result import Failure
from qq.shell.cli.options import complain
from qq.shell.present.plain import plain

if TYPE_CHECKING:
    from qq.core.configuration_check import Flaw

CHECK = "check"


@click.command(short_help="Show what is set, and by whom; check a file.")
@click.argument("words", nargs=-1, metavar="[check [FILE]]")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def command(words: Sequence[str], as_json: bool) -> int:
    """Show every setting, default option and field of the site that holds here, and where it comes from.

    'check' names everything that is wrong with a file of the configuration, or of a site, with its line; without FILE,
    with all of your own. Exit code 91 if something is.
    """
    if not words:
        return _show(as_json)
    if words[0] != CHECK or len(words) > 2:
        known = [] if words[0] == CHECK else [CHECK]
        hint = did_you_mean(words[0], known, "it is 'qq config' or 'qq config check [FILE]'")
        raise click.UsageError(f"can't do {plain(' '.join(words))!r}{hint}")
    return _check(words[1] if len(words) == 2 else None, as_json)


def _show(as_json: bool) -> int:
    from qq.shell.configuration import what_is_set
    from qq.shell.present.config_lines import data, lines
    from qq.shell.present.data import json_text

    found = what_is_set(os.environ)
    if isinstance(found, Failure):
        for fault in found.failure():
            complain(str(fault))
        return TROUBLE
    print(json_text(data(found.unwrap())) if as_json else "\n".join(lines(found.unwrap())))
    return 0


def _check(file: str | None, as_json: bool) -> int:
    from qq.shell.configuration import check, own_files
    from qq.shell.present.data import json_text

    paths = [file] if file else own_files(os.environ)
    if not paths and not as_json:
        print("there is no configuration file, and none is needed")
    found = {path: check(path) for path in paths}
    flaws = [(path, flaw) for path, all_of_it in found.items() if not isinstance(all_of_it, str) for flaw in all_of_it]
    if as_json:
        print(json_text([{"file": path, "line": flaw.line or None, "words": flaw.words} for path, flaw in flaws]))
    for path, all_of_it in found.items():
        _tell(path, all_of_it, silent=as_json)
    return TROUBLE if any(found.values()) else 0


def _tell(path: str, found: "Sequence[Flaw] | str", *, silent: bool) -> None:
    """``found``: all that is wrong with a file, or why it can't be read."""
    if isinstance(found, str):
        complain(f"{path}: {found}")
        return
    for flaw in found if not silent else ():
        complain(f"{path}:{flaw.line}: {flaw.words}" if flaw.line else f"{path}: {flaw.words}")
    if not found and not silent:
        print(f"{plain(path)}: nothing is wrong")
